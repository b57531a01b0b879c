"""What each of the last days brought: how runs ended, how long they waited and how long they ran.

Read from one index at the moment it is asked, in bounded time; nothing is kept on the side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from runs.models import Status, User
from runs.models.run import BORROWERS
from runs.patience import limited_reads

PERIODS: Final = (7, 30, 90)

# Day by day, each a range of the index "run_ended", which holds all that is read: no rows, and no sort of all days.
# A wait is that for a worker, of the last attempt: from when the run was due. A run may have borrowed its work.
DAYS: Final = """
    SELECT days.day, ended.*
    FROM unnest(%(days)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS days (day, begins, ends)
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE status = %(completed)s),
            count(*) FILTER (WHERE status = %(failed)s),
            count(*) FILTER (WHERE status = %(cancelled)s),
            percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY started_at - due_at),
            percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY completed_at - started_at)
                FILTER (WHERE status = %(completed)s AND trigger <> ALL(%(borrowers)s))
        FROM runs_agentrun
        WHERE completed_at >= days.begins AND completed_at < days.ends
            AND (%(agent)s = '' OR agent = %(agent)s)
            AND (%(user)s::uuid IS NULL OR user_id = %(user)s::uuid)
    ) AS ended
    ORDER BY days.day
"""
AGENTS: Final = """
    SELECT
        agent,
        count(*) FILTER (WHERE status = %(completed)s),
        count(*) FILTER (WHERE status = %(failed)s),
        count(*) FILTER (WHERE status = %(cancelled)s)
    FROM runs_agentrun
    WHERE completed_at >= %(since)s
    GROUP BY agent
"""


@dataclass(frozen=True, slots=True)
class Spans:
    """What half of the runs kept to, and what nine of ten did."""

    median: timedelta
    slow: timedelta


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many runs ended, and how."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def together(self) -> int:
        return self.completed + self.failed + self.cancelled


@dataclass(frozen=True, slots=True)
class Day:
    """The runs that ended on one day. ``waits`` and ``times`` are None where no run has any."""

    date: date
    outcomes: Outcomes
    waits: Spans | None
    times: Spans | None


def days(count: int, *, agent: str = "", user: User | None = None) -> list[Day]:
    """The last ``count`` days, today being the last: of all agents or one, of all users or one.

    Days begin at midnight of the site's time zone. Raises ``TookTooLong``.
    """
    dates = [timezone.localdate() - timedelta(days=back) for back in reversed(range(count))]
    sent = {
        "days": dates,
        "begins": [_midnight(day) for day in dates],
        "ends": [_midnight(day + timedelta(days=1)) for day in dates],
        "borrowers": list(BORROWERS),
        "agent": agent,
        "user": str(user.pk) if user else None,
    }
    return [
        Day(day, Outcomes(completed, failed, cancelled), _spans(waits), _spans(times))
        for day, completed, failed, cancelled, waits, times in _rows(DAYS, sent)
    ]


def outcomes_by_agent(count: int) -> dict[str, Outcomes]:
    """How the runs of each agent ended in the last ``count`` days. Raises ``TookTooLong``."""
    since = _midnight(timezone.localdate() - timedelta(days=count - 1))
    return {agent: Outcomes(*counts) for agent, *counts in _rows(AGENTS, {"since": since})}


def _rows(query: str, sent: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    statuses = {status.value: status.value for status in (Status.COMPLETED, Status.FAILED, Status.CANCELLED)}
    with limited_reads(), connection.cursor() as cursor:
        cursor.execute(query, {**sent, **statuses})
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _spans(found: Sequence[timedelta | None] | None) -> Spans | None:
    if not found or found[0] is None or found[1] is None:
        return None
    return Spans(*(max(span, timedelta()) for span in found if span is not None))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
