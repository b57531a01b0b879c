"""Writing an entry."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Model

from runs import origin
from runs.models import AuditEntry, User
from runs.storable import storable_text

LONGEST_TEXT: Final = 500
"""Of one text among the details: they say what was done, they do not keep what it was done with."""
MOST_ITEMS: Final = 100
COLUMNS: Final = (
    "action", "actor_id", "actor_name", "subject_type", "subject_id", "address", "request_id", "token_prefix",
    "details", "previous", "hash",
)  # fmt: skip
INSERT: Final = f"""
    INSERT INTO runs_auditentry ({", ".join(COLUMNS)}) SELECT {", ".join(["%s"] * len(COLUMNS))}
"""  # nosec B608
LATELY: Final = """
    WHERE NOT EXISTS (
        SELECT FROM runs_auditentry WHERE subject_type = %s AND subject_id = %s AND action = %s AND address = %s
            AND at > clock_timestamp() - make_interval(secs => %s)
    )
"""
NAMES: Final[Mapping[str, str]] = {"agentrun": "run", "apitoken": "token", "agentsettings": "agent"}
"""What the site calls a thing, where its model is called otherwise."""


def record(action: str, *, actor: User | None = None, subject: Model | str = "", **details: Any) -> None:
    """Write that something was done, in the caller's transaction: it is kept if and only if that is.

    ``action`` is a noun and what became of it (``token.issued``). ``actor`` is who did it; without
    one, whose request it is. ``subject`` is the row it was done to, or ``"type:id"``. Address,
    request and token are known from ``runs.origin``. ``details`` are plain values, cut where they
    are long; never a secret, and never what a run was given or has found.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values(entry(action, actor=actor, subject=subject, **details)))


def record_unless_lately(action: str, within: timedelta, *, subject: Model | str, **details: Any) -> None:
    """The same for what goes on and on: once in that time for each subject and address."""
    new = entry(action, subject=subject, **details)
    lately: list[Any] = [new.subject_type, new.subject_id, action, new.address, within.total_seconds()]
    with connection.cursor() as cursor:
        cursor.execute(INSERT + LATELY, [*values(new), *lately])


def entry(action: str, *, actor: User | None = None, subject: Model | str = "", **details: Any) -> AuditEntry:
    """The same, not yet written."""
    here = origin.here()
    subject_type, subject_id = _named(subject)
    return AuditEntry(
        action=action,
        actor_id=actor.pk if actor is not None else here.user_id,
        actor_name=storable_text(actor.get_username() if actor is not None else here.user_name, 150),
        subject_type=subject_type,
        subject_id=storable_text(subject_id, 255),
        address=here.address,
        request_id=here.request_id,
        token_prefix=here.token_prefix,
        details=_plain(details),
    )


def values(entry: AuditEntry) -> list[Any]:
    """What ``INSERT`` takes, which writes ``entry``."""
    return [json.dumps(entry.details) if name == "details" else getattr(entry, name) for name in COLUMNS]


def _named(subject: Model | str) -> tuple[str, str]:
    if isinstance(subject, Model):
        name = str(subject._meta.model_name)
        return NAMES.get(name, name), str(subject.pk)
    kind, separator, name = subject.partition(":")
    return (kind, name) if separator else ("", subject)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return storable_text(str(value), LONGEST_TEXT)
        case Mapping():
            return {storable_text(str(key), LONGEST_TEXT): _plain(item) for key, item in _first(value.items())}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in _first(value)]
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            raise TypeError(f"An audit entry keeps plain values, not {type(value).__name__}.")


def _first(items: Any) -> list[Any]:
    return list(items)[:MOST_ITEMS]
