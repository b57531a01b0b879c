"""Locking out who guesses passwords: by name and address, and by address whatever the name.

django-axes asks and is told here; its table holds the failures. What it would do otherwise:
one limit for both, and a success that forgives everything that came from its address, so
that whoever has an account could go on guessing the passwords of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from agentsite.addresses import client_address, network_of
from runs import audit
from runs.models import User

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

    def user_login_failed(self, sender: Any, credentials: Credentials, request: Any = None, **more: Any) -> None:
        """Count it and audit it; what is tried while locked is neither."""
        was_locked = getattr(request, "axes_locked_out", False)
        super().user_login_failed(sender, credentials, request, **more)
        if request is None or was_locked:
            return
        # The name only if it is one: what people type there by mistake is their password.
        somebody = User.objects.filter(username=get_client_username(request, credentials)).first()
        subject = somebody or ""
        audit.record("login.failed", subject=subject, at=request.path)
        if request.axes_locked_out:
            audit.record("login.locked", subject=subject, at=request.path)

    def user_logged_in(self, sender: Any, request: Any, user: User, **more: Any) -> None:
        """Forgive, and audit."""
        super().user_logged_in(sender, request, user, **more)
        if request.path:  # Else nobody has asked for it: a test, or a shell.
            audit.record("login.succeeded", actor=user, subject=user, at=request.path)

    def user_logged_out(self, sender: Any, request: Any, user: User | None, **more: Any) -> None:
        super().user_logged_out(sender, request, user, **more)
        if user is not None and request.path:
            audit.record("logout", actor=user, subject=user)

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


def lift(attempt: AccessAttempt, by: User) -> None:
    """Forget the failures of a name from an address, in whichever browsers."""
    AccessAttempt.objects.filter(ip_address=attempt.ip_address, username=attempt.username).delete()
    audit.record("login.unlocked", actor=by, address=attempt.ip_address or "")


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
