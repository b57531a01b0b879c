"""How often a user may ask for runs: so many a minute, and so many a day.

Counted on the user's own row, under the lock that every trigger takes: exact however many
ask at once. What is refused, for whatever reason, is not counted; a rerun and a schedule's run are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings

from runs.errors import QuotaUsedUp, RateLimited
from runs.models import User

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a user may still ask for at the moment ``at``. A limit of None is none.

    The rate is kept by one column (the generic cell rate algorithm): each run spends ``MINUTE / runs_a_minute`` of
    time, and ``spent_until`` may lie a minute ahead. So ``runs_a_minute`` runs can be asked for at once, and then
    one for each part of a minute that has passed. Days begin at 00:00 UTC.
    """

    at: datetime
    runs_a_minute: int | None
    runs_a_day: int | None
    spent_until: datetime
    runs_today: int

    @classmethod
    def of(cls, user: User, at: datetime) -> Allowance:
        """As the user's row has it; exact while that is locked."""
        is_today = user.runs_counted_on == at.astimezone(UTC).date()
        return cls(
            at=at,
            runs_a_minute=_limit(user.trigger_rate_limit, settings.TRIGGERS_PER_MINUTE),
            runs_a_day=_limit(user.daily_run_limit, settings.RUNS_PER_DAY),
            spent_until=max(user.rate_spent_until or at, at),
            runs_today=user.runs_counted if is_today else 0,
        )

    @property
    def left_today(self) -> int | None:
        """How many runs are left of today; None without a limit."""
        return None if self.runs_a_day is None else max(0, self.runs_a_day - self.runs_today)

    @property
    def day_ends_at(self) -> datetime:
        """When the day's runs are counted anew."""
        return datetime.combine(self.at.astimezone(UTC).date() + timedelta(days=1), time(), UTC)

    def spend(self) -> Allowance:
        """What is left after one more run. Raises ``QuotaUsedUp`` and ``RateLimited``."""
        if self.left_today == 0:
            raise QuotaUsedUp(self.runs_a_day or 0, _seconds(self.day_ends_at - self.at))
        step = MINUTE / self.runs_a_minute if self.runs_a_minute else timedelta()
        wait = self.spent_until + step - MINUTE - self.at
        if wait > timedelta():
            sentence = f"Runs were asked for faster than {self.runs_a_minute} a minute."
            raise RateLimited(sentence, _seconds(wait))
        return Allowance(self.at, self.runs_a_minute, self.runs_a_day, self.spent_until + step, self.runs_today + 1)


def _limit(own: int | None, usual: int) -> int | None:
    """The user's own limit, or else the site's; 0 in either is no limit."""
    return (usual if own is None else own) or None


def _seconds(span: timedelta) -> int:
    """Whole seconds after which it is surely over."""
    return max(1, math.ceil(span.total_seconds()))
