"""Schedules for tests, at times that tests choose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runs import schedules
from runs.models import Schedule, User
from runs.schedules import Wish

NINE = datetime(2027, 1, 4, 9, tzinfo=UTC)
"""A Monday."""
BEFORE = NINE - timedelta(minutes=10)


def wish(**changes: Any) -> Wish:
    """Every day at nine."""
    asked = {"name": "Nightly", "agent": "rehearsal", "input": {"seconds": 0}, "cron": "0 9 * * *", **changes}
    return Wish(**asked)


def scheduled(user: User, now: datetime = BEFORE, **changes: Any) -> Schedule:
    return schedules.create(user, wish(**changes), now)


def fresh(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_related("user").get(pk=schedule.pk)
