"""How fast the API may be asked: so many requests a minute for each token, and for each address.

One statement for each request, on an unlogged table that all web processes of all machines
share. Whoever has been refused is refused again from this process's memory until they may come.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError, connection

WINDOW: Final = timedelta(minutes=1)
FORGOTTEN_EVERY_SECONDS: Final = 60.0
MOST_REMEMBERED: Final = 10_000
# As in runs.allowances, for several callers at once, in one order so that no two requests wait for each other.
# Who has nothing left is not written, and does not come back.
SPEND: Final = """
    INSERT INTO runs_requestrate AS rate (subject, spent_until)
    SELECT subject, statement_timestamp() + step FROM unnest(%s::text[], %s::interval[]) AS asked (subject, step)
    ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET spent_until =
        GREATEST(rate.spent_until + (excluded.spent_until - statement_timestamp()), excluded.spent_until)
    WHERE GREATEST(rate.spent_until + (excluded.spent_until - statement_timestamp()), excluded.spent_until)
        <= statement_timestamp() + %s
    RETURNING subject, spent_until - statement_timestamp()
"""
LOOK: Final = "SELECT spent_until - statement_timestamp() FROM runs_requestrate WHERE subject = %s"
FORGET: Final = "DELETE FROM runs_requestrate WHERE spent_until < statement_timestamp()"

_refused_until: dict[str, float] = {}
"""Who has nothing left, until when on the monotonic clock: they are refused without asking the database."""
_forgotten_at = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """How one caller stands: ``limit`` requests a minute, of which ``remaining`` can be made at once.

    All of them again after ``reset_seconds``. ``wait_seconds`` is 0 unless this request is one too many.
    """

    limit: int
    remaining: int
    reset_seconds: int
    wait_seconds: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether this request is one too many."""
        return self.wait_seconds > 0


def spend(limits: Mapping[str, int]) -> Rate | None:
    """Count one request of each caller in ``limits``, with how many a minute they may make; 0 is no limit.

    How the one stands who has the least left; None where nobody has a limit, or the
    database is away: whoever cannot be counted is not kept out.
    """
    limits = {subject: limit for subject, limit in limits.items() if limit > 0}
    if not limits:
        return None
    for subject, limit in limits.items():
        if (left := _refused_until.get(subject, 0.0) - time.monotonic()) > 0:
            return _refusal(limit, left)
    asked: list[Any] = [list(limits), [WINDOW / limit for limit in limits.values()], WINDOW]
    try:
        with connection.cursor() as cursor:
            cursor.execute(SPEND, asked)
            spent: dict[str, timedelta] = dict(cursor.fetchall())
            for subject in limits.keys() - spent.keys():
                cursor.execute(LOOK, [subject])
                row = cursor.fetchone()
                ahead: timedelta = row[0] if row else timedelta()
                return _refuse(subject, limits[subject], ahead)
            _forget_now_and_then()
    except (OperationalError, InterfaceError):
        return None
    return min((_rate(limits[subject], ahead) for subject, ahead in spent.items()), key=lambda rate: rate.remaining)


def _rate(limit: int, ahead: timedelta) -> Rate:
    remaining = math.floor((WINDOW - ahead) / (WINDOW / limit))
    return Rate(limit, max(0, remaining), math.ceil(ahead.total_seconds()))


def _refuse(subject: str, limit: int, ahead: timedelta) -> Rate:
    wait = (ahead + WINDOW / limit - WINDOW).total_seconds()
    if len(_refused_until) >= MOST_REMEMBERED:
        _refused_until.clear()
    _refused_until[subject] = time.monotonic() + wait
    return _refusal(limit, wait)


def _refusal(limit: int, wait_seconds: float) -> Rate:
    full_again = math.ceil(WINDOW.total_seconds() + wait_seconds)
    return Rate(limit, 0, full_again, max(1, math.ceil(wait_seconds)))


def _forget_now_and_then() -> None:
    """Remove callers who have all their requests again."""
    global _forgotten_at
    if time.monotonic() - _forgotten_at < FORGOTTEN_EVERY_SECONDS:
        return
    _forgotten_at = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
