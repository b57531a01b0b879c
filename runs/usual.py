"""How long an agent usually takes, from the runs it has completed lately.

One query for all agents and few rows of an index for each, so that any page may ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from runs.models import AgentRun, Status
from runs.models.run import BORROWERS

LAST_RUNS: Final = 200
FEWEST_RUNS: Final = 3
"""Of fewer than these nothing can be said."""

# A run that has taken over a result, or parts of one, says nothing of how long the whole takes.
USUAL: Final = """
    SELECT asked.agent, count(*), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY last.ran)
    FROM unnest(%s::text[]) AS asked (agent)
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM completed_at - started_at) AS ran
        FROM runs_agentrun
        WHERE agent = asked.agent AND status = %s AND trigger <> ALL(%s)
        ORDER BY completed_at DESC
        LIMIT %s
    ) AS last
    GROUP BY asked.agent
    HAVING count(*) >= %s
"""


@dataclass(frozen=True, slots=True)
class UsualTime:
    """The running time that half of ``count`` runs kept to, and the one that nine of ten did."""

    median: timedelta
    slow: timedelta
    count: int


def usual_times(agents: Iterable[str]) -> Mapping[str, UsualTime]:
    """By name of the agent, for those of ``agents`` that have completed at least three runs.

    Running time is that of the attempt that completed the run, without what it waited.
    """
    with connection.cursor() as cursor:
        cursor.execute(USUAL, [list(agents), Status.COMPLETED, list(BORROWERS), LAST_RUNS, FEWEST_RUNS])
        return {
            agent: UsualTime(timedelta(seconds=max(median, 0.0)), timedelta(seconds=max(slow, 0.0)), count)
            for agent, count, (median, slow) in cursor.fetchall()
        }


def time_left(run: AgentRun, usual: UsualTime | None, now: datetime) -> timedelta | None:
    """About how long ``run`` will go on: what is left of its usual time, or of the slow one once that is over.

    None where that cannot be said: of a run that is not active or is slower than slow, and where too
    few have completed. A run that was asked to stop has ended by ``stops_by``, whatever is usual.
    """
    if not run.is_active:
        return None
    left = _usually_left(run, usual, now)
    if not run.is_stopping or run.stops_by is None:
        return left
    stopped = max(run.stops_by - now, timedelta())
    return stopped if left is None else min(left, stopped)


def _usually_left(run: AgentRun, usual: UsualTime | None, now: datetime) -> timedelta | None:
    if usual is None:
        return None
    if run.status == Status.PENDING or run.started_at is None:
        # A retry begins when its pause is over; how long a worker is waited for, nobody knows.
        pause = max(run.due_at - now, timedelta()) if run.due_at else timedelta()
        return pause + usual.median
    ran = now - run.started_at
    return next((whole - ran for whole in (usual.median, usual.slow) if whole > ran), None)
