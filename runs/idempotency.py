"""Requests that make a run once, however often they are sent.

A script that got no answer can not know whether its run was made. With an ``Idempotency-Key``
it asks again, and is given the run that its first request made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from runs.errors import KeyInUse, KeyReused
from runs.models import AgentRun, IdempotencyKey, User

KEPT_FOR: Final = timedelta(hours=24)
SWEPT_AT_ONCE: Final = 100
ADVISORY_LOCK: Final = 0x4F4E4345  # "ONCE"


def fingerprint(*asked: Any) -> str:
    """What tells one request from another: the same for the same values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def once(
    user: User, key: str, asked: str, *, make: Callable[[], AgentRun], find: Callable[[UUID], AgentRun]
) -> tuple[AgentRun, bool]:
    """The run that ``make`` makes, or that it has made before for this ``key`` of ``user``'s; whether it is new.

    ``asked`` is the request's fingerprint, ``find`` fetches a run made before. The lock, the key and the
    run are one transaction: a request that is refused, or whose process dies, leaves none of them, and
    may be sent again. Raises ``KeyInUse`` while an equal request is being carried out, ``KeyReused``
    where the key belongs to another one.
    """
    with transaction.atomic():
        _alone(user, key)
        # A statement of its own: one that takes the lock sees what had been committed before it had it.
        known = IdempotencyKey.objects.filter(user=user, key=key, created_at__gt=Now() - KEPT_FOR).first()
        if known is not None:
            if known.fingerprint != asked:
                raise KeyReused
            return find(known.run_id), False
        run = make()
        IdempotencyKey.objects.filter(user=user, key=key).delete()
        _sweep()
        IdempotencyKey.objects.create(user=user, key=key, fingerprint=asked, run=run)
        return run, True


def _alone(user: User, key: str) -> None:
    """Keep equal requests out until this transaction ends. Another key of the same hash waits for a moment, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [f"{user.pk} {key}", ADVISORY_LOCK]
        )
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise KeyInUse


def _sweep() -> None:
    """Forget some keys that nobody will come back to. Last in its transaction, so that no other waits long for it."""
    old = IdempotencyKey.objects.filter(created_at__lte=Now() - KEPT_FOR).order_by("created_at")
    # Those that others forget at the moment are left to them.
    rows = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    IdempotencyKey.objects.filter(pk__in=list(rows)).delete()
