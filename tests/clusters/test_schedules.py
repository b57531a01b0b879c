"""Real clusters, restarted and killed: one run for each time of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from runs.models import AgentRun, Schedule, User
from tests.clusters.clusters import RealCluster, until_ended
from tests.schedules.keeping import scheduled
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def make_due(schedules: list[Schedule]) -> datetime:
    """Let all be due now, each for the same new time."""
    at = datetime.now(UTC) - timedelta(milliseconds=1)
    Schedule.objects.filter(pk__in=[each.pk for each in schedules]).update(next_run_at=at)
    return at


def runs_for(at: datetime) -> int:
    return AgentRun.objects.filter(scheduled_for=at).count()


def test_each_time_brings_one_run_through_two_clusters_a_kill_and_a_restart(
    start: Callable[..., RealCluster], transactional_db: None
) -> None:
    kept = [scheduled(User.objects.create_user(f"user-{number}")) for number in range(8)]
    first = make_due(kept)
    clusters = [start(), start()]
    wait_until(lambda: runs_for(first) == len(kept), 40)
    for run in AgentRun.objects.filter(scheduled_for=first):
        until_ended(run)

    # Killed in the middle of it, or before, or after: whatever it had not committed is served by the other.
    second = make_due(kept)
    clusters[0].kill()
    wait_until(lambda: runs_for(second) == len(kept), 20)
    for run in AgentRun.objects.filter(scheduled_for=second):
        until_ended(run)

    clusters[1].kill()
    third = make_due(kept)
    start()
    wait_until(lambda: runs_for(third) == len(kept), 40)

    assert [runs_for(at) for at in (first, second, third)] == [len(kept)] * 3
    assert AgentRun.objects.count() == 3 * len(kept)
