"""How long an agent usually takes is read from the runs it has completed lately, and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from runs import usual
from runs.models import AgentRun, Status, Trigger, User
from runs.usual import usual_times

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def ran(owner: User, seconds: Sequence[float], agent: str = "rehearsal", **columns: object) -> None:
    """Completed runs that took so long each, the first one ended last."""
    ends = [NOW - timedelta(minutes=place) for place in range(len(seconds))]
    AgentRun.objects.bulk_create(
        AgentRun(
            user=owner,
            agent=agent,
            trigger=columns.get("trigger", Trigger.API),
            status=columns.get("status", Status.COMPLETED),
            created_at=end - timedelta(hours=1),
            started_at=end - timedelta(seconds=taken),
            completed_at=end,
        )
        for taken, end in zip(seconds, ends, strict=True)
    )


def test_half_of_the_runs_keep_to_the_median_and_nine_of_ten_to_the_slow_time(owner: User) -> None:
    ran(owner, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110])
    found = usual_times(["rehearsal"])["rehearsal"]
    assert (found.median, found.slow, found.count) == (timedelta(seconds=60), timedelta(seconds=100), 11)


def test_nothing_is_said_of_an_agent_that_has_completed_fewer_than_three_runs(owner: User) -> None:
    ran(owner, [1, 2, 3])
    ran(owner, [1, 2], agent="policy-checker")
    assert set(usual_times(["rehearsal", "policy-checker", "document-extractor"])) == {"rehearsal"}


def test_only_the_last_runs_count(owner: User) -> None:
    ran(owner, [5.0] * usual.LAST_RUNS + [500.0] * usual.LAST_RUNS)
    found = usual_times(["rehearsal"])["rehearsal"]
    assert (found.slow, found.count) == (timedelta(seconds=5), usual.LAST_RUNS)


@pytest.mark.parametrize(
    "column", [{"status": Status.FAILED}, {"trigger": Trigger.ADOPTION}, {"trigger": Trigger.CONTINUATION}]
)
def test_runs_that_failed_or_borrowed_their_work_say_nothing_of_running_times(
    owner: User, column: dict[str, str]
) -> None:
    ran(owner, [5, 5, 5])
    ran(owner, [900, 900, 900], **column)
    assert usual_times(["rehearsal"])["rehearsal"].slow == timedelta(seconds=5)


def test_a_page_asks_for_all_agents_at_once(owner: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    ran(owner, [1, 2, 3])
    with django_assert_num_queries(1):
        usual_times(["rehearsal", "policy-checker", "document-extractor"])


def test_the_rows_come_from_an_index_however_many_runs_there_are(owner: User) -> None:
    ran(owner, [1.0] * 3000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE runs_agentrun")
        cursor.execute("EXPLAIN " + usual.USUAL, [["rehearsal"], Status.COMPLETED, ["adoption"], 200, 3])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "run_completed_of_agent" in plan
    assert "Sort Key: runs_agentrun.completed_at" not in plan
