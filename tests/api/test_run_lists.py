"""``/api/v1/runs`` and a run's events: reading lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from runs import lifecycle
from runs.lifecycle import Line
from runs.models import AgentRun, EventKind, User
from runs.models.run import database_now
from tests import acting
from tests.api.scripts import Script

RUNS = "/api/v1/runs"


def test_list_is_read_page_by_page_without_gaps(script: Script, owner: User) -> None:
    made = [str(acting.cancelled(owner).pk) for _ in range(60)]
    # Some at the very same moment: the order must still be total.
    AgentRun.objects.filter(pk__in=made[10:40]).update(created_at=database_now())
    seen, cursor = [], ""
    for size in (25, 25, 10):
        page = script.get(RUNS, cursor=cursor).json()
        assert len(page["runs"]) == size
        seen += [run["id"] for run in page["runs"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == sorted(made)


def test_list_takes_the_filters_of_the_page(script: Script, owner: User) -> None:
    done, gone = acting.completed(owner), acting.cancelled(owner)
    AgentRun.objects.filter(pk=gone.pk).update(created_at=timezone.now() - timedelta(days=2))

    def ids(**parameters: str) -> list[str]:
        return [run["id"] for run in script.get(RUNS, **parameters).json()["runs"]]

    assert ids() == [str(done.pk), str(gone.pk)]
    assert ids(status="cancelled", agent="rehearsal") == [str(gone.pk)]
    assert ids(status="active") == []
    assert ids(period="day") == [str(done.pk)]
    assert ids(text="did it") == ids(text=str(done.pk)) == [str(done.pk)]
    assert ids(agent="policy-checker") == ids(trigger="api") == ids(user="stranger") == []
    assert ids(until=f"{timezone.now() - timedelta(days=1):%Y-%m-%d}") == [str(gone.pk)]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"stauts": "active"}, "stauts"),
        ({"status": "asleep"}, "status"),
        ({"agent": "nobody"}, "agent"),
        ({"cursor": "????"}, "cursor"),
        ({"cursor": "\0"}, "cursor"),
        ({"text": "x" * 101}, "text"),
    ],
    ids=str,
)
def test_parameters_that_mean_nothing_are_refused(script: Script, parameters: dict[str, str], name: str) -> None:
    response = script.get(RUNS, **parameters)
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", name]]


@pytest.mark.parametrize("text", ["\0", "%", "_", "'", "\\", "\U0001f600"])
def test_text_no_run_mentions_finds_none(script: Script, owner: User, text: str) -> None:
    acting.completed(owner)
    response = script.get(RUNS, text=text)
    assert (response.status_code, response.json()["runs"]) == (200, [])


def test_list_costs_the_same_however_long_and_reads_no_payload(
    script: Script, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        acting.completed(owner)
    script.get(RUNS)  # notes the token's use
    # The token, the list, and how long it may take: set and reset.
    with django_assert_num_queries(4) as queries:
        script.get(RUNS)
    assert not any('"runs_agentrun"."output"' in query["sql"] for query in queries.captured_queries)


def test_newer_runs_are_found_by_the_previous_cursor(script: Script, owner: User) -> None:
    for _ in range(30):
        acting.cancelled(owner)
    first = script.get(RUNS).json()
    second = script.get(RUNS, cursor=first["next_cursor"]).json()
    assert (first["previous_cursor"], len(second["runs"]), second["next_cursor"]) == (None, 5, None)
    assert script.get(RUNS, cursor=second["previous_cursor"]).json() == first


@pytest.mark.django_db(transaction=True)
def test_a_list_that_takes_too_long_says_so(script: Script, owner: User, settings: Settings) -> None:
    ended = {"status": "failed", "completed_at": timezone.now(), "error": "No. " * 50}
    AgentRun.objects.bulk_create(AgentRun(user=owner, agent="rehearsal", **ended) for _ in range(5000))
    settings.LIST_PATIENCE_SECONDS = 0.001
    response = script.get(RUNS, text="no such words")
    assert (response.status_code, response.json()["code"]) == (503, "took_too_long")


# --- Events --------------------------------------------------------------------------------


def test_events_are_read_on_from_the_last_one_seen(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    lifecycle.progress(attempt, lines=[Line(timezone.now(), "warning", f"line {number}") for number in range(5)])
    url = f"{RUNS}/{attempt.run_id}/events"
    first = script.get(url, limit=3).json()
    rest = script.get(url, cursor=first["next_cursor"]).json()
    events = first["events"] + rest["events"]
    assert [event["kind"] for event in events] == ["triggered", "started", *["logged"] * 5]
    assert events[0]["actor"] == "owner"
    assert (events[-1]["message"], events[-1]["data"], events[-1]["attempt"]) == ("line 4", {"level": "warning"}, 1)
    assert script.get(url, cursor=rest["next_cursor"]).json() == {"events": [], "next_cursor": rest["next_cursor"]}


def test_events_show_a_late_result_set_aside(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    lifecycle.force_stop(AgentRun.objects.get(), by=owner)
    with pytest.raises(Exception, match="no longer holds"):
        lifecycle.complete(attempt, "rehearsed", {"a": 1})
    events = script.get(f"{RUNS}/{attempt.run_id}/events").json()["events"]
    assert events[-1]["kind"] == EventKind.LATE_RESULT
    assert script.get(f"{RUNS}/{attempt.run_id}").json()["output"] is None


@pytest.mark.parametrize(
    "parameters",
    [{"after": "-1"}, {"after": "x"}, {"after": 2**63}, {"limit": 0}, {"limit": 1001}, {"befor": 1}, {"after": "\0"}],
    ids=str,
)
def test_event_parameters_that_mean_nothing_are_refused(
    script: Script, owner: User, parameters: dict[str, Any]
) -> None:
    run = acting.pending(owner)
    assert script.get(f"{RUNS}/{run.pk}/events", **parameters).status_code == 422


def test_events_of_any_number_cost_the_same(
    script: Script, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = acting.completed(owner)
    script.get(RUNS)
    with django_assert_num_queries(3):
        script.get(f"{RUNS}/{run.pk}/events")
