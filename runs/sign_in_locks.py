"""Locking out who guesses passwords: by name and address, and by address whatever the name.

django-axes asks and is told here; its table holds the failures. What it would do otherwise:
one limit for both, and a success that forgives everything that came from its address, so
that whoever has an account could go on guessing the passwords of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from agentsite.addresses import client_address, network_of

logger = structlog.stdlib.get_logger(__name__)

Credentials = Mapping[str, Any]


def address_of(request: HttpRequest) -> str | None:
    """What a client is known by. None on a Unix socket without a proxy that says who called."""
    return network_of(client_address(request.META, settings.TRUSTED_PROXIES)) or None


class LockHandler(AxesDatabaseHandler):  # type: ignore[misc]  # Untyped.
    """What counts, and what is forgiven."""

    def get_failures(self, request: Any, credentials: Credentials | None = None) -> int:
        """Lately, by this name from this address; the limit where the address alone has reached its own."""
        counted = _failures_from(request.axes_ip_address)
        name = get_client_username(request, credentials)
        sums = counted.aggregate(
            of_name=Sum("failures_since_start", filter=Q(username=name)), of_address=Sum("failures_since_start")
        )
        locks = settings.SIGN_IN_LOCKS
        if request.axes_ip_address and (sums["of_address"] or 0) >= locks.failures_of_address:
            return int(locks.failures)
        return sums["of_name"] or 0

    def reset_user_attempts(self, request: Any, credentials: Credentials | None = None) -> int:
        """Forgive the name at this address, and no other name."""
        name = get_client_username(request, credentials)
        count, _ = AccessAttempt.objects.filter(ip_address=request.axes_ip_address, username=name).delete()
        return int(count)


def seconds_left(request: Any, credentials: Credentials | None) -> int:
    """In how many seconds enough of the failures will be old enough to try again."""
    failures = _failures_from(request.axes_ip_address).order_by("-attempt_time")
    by_name = failures.filter(username=get_client_username(request, credentials))
    locks, now = settings.SIGN_IN_LOCKS, timezone.now()
    limits = [(by_name, locks.failures)]
    if request.axes_ip_address:
        limits.append((failures, locks.failures_of_address))
    ends = [_end(counted, limit) for counted, limit in limits]
    left = [(end - now).total_seconds() for end in ends if end is not None]
    return max(1, round(max(left, default=locks.cool_off.total_seconds())))


def is_locked(failures: int) -> bool:
    """Whether so many failures of one name from one address are too many."""
    return failures >= settings.SIGN_IN_LOCKS.failures


def lift(attempt: AccessAttempt) -> None:
    """Forget the failures of a name from an address, in whichever browsers."""
    AccessAttempt.objects.filter(ip_address=attempt.ip_address, username=attempt.username).delete()
    logger.info("sign_in_lock_lifted", name=attempt.username, address=attempt.ip_address)


def _failures_from(address: str | None) -> QuerySet[AccessAttempt]:
    since = timezone.now() - settings.SIGN_IN_LOCKS.cool_off
    failures: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=since)
    return failures


def _end(failures: QuerySet[AccessAttempt], limit: int) -> Any:
    """When ``failures``, the latest first, fall below ``limit``; None if they are below it."""
    count = 0
    for at, each in failures.values_list("attempt_time", "failures_since_start")[:limit]:
        count += each
        if count >= limit:
            return at + settings.SIGN_IN_LOCKS.cool_off
    return None
