"""What the environment says of signing in. ``settings`` alone reads it, through these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class SignInLocks:
    """How many wrong passwords are too many, and for how long."""

    failures: int
    """By one name from one address."""
    failures_of_address: int
    """From one address, whatever the names: an office behind one address has more people than one."""
    cool_off: timedelta

    @classmethod
    def read(cls, env: Any) -> SignInLocks:
        """As the environment has it. Raises ``ImproperlyConfigured``."""
        locks = cls(
            env.int("SIGN_IN_FAILURES", default=5),
            env.int("SIGN_IN_FAILURES_OF_ADDRESS", default=50),
            timedelta(minutes=env.int("SIGN_IN_LOCK_MINUTES", default=15)),
        )
        if not 1 <= locks.failures <= locks.failures_of_address:
            raise ImproperlyConfigured(
                "SIGN_IN_FAILURES is at least 1, and SIGN_IN_FAILURES_OF_ADDRESS at least SIGN_IN_FAILURES."
            )
        if locks.cool_off < timedelta(minutes=1):
            raise ImproperlyConfigured("SIGN_IN_LOCK_MINUTES is at least 1: without a lock, passwords can be guessed.")
        return locks


def trusted_proxies(env: Any, is_behind_proxy: bool) -> int:
    """How many proxies stand in front, each of which says in ``X-Forwarded-For`` who called it."""
    count: int = env.int("TRUSTED_PROXIES", default=1 if is_behind_proxy else 0)
    if count < 0 or (is_behind_proxy and not count):
        raise ImproperlyConfigured("TRUSTED_PROXIES is at least 0, and with BEHIND_TLS_PROXY at least 1.")
    return count
