"""Many runs at once: asked about first, then done one by one through their verbs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from runs import selections
from runs.models import AgentRun, EventKind, RunEvent, Status, Trigger, User
from tests import acting
from tests.pages.reading import soup, text

SELECTION = reverse("selection")


def asked(page: Client, do: str, *runs: AgentRun, **more: str) -> Any:
    return page.get(SELECTION, {"do": do, "of": "ticked", "run": [str(run.pk) for run in runs], **more})


def confirmed(page: Client, question: Any, reason: str = "") -> Any:
    """Send the form that asks, as it stands."""
    form = soup(question).select_one("main form[method=post]")
    assert form is not None
    fields: dict[str, list[str]] = {}
    for control in form.select("input[type=hidden]"):
        fields.setdefault(str(control["name"]), []).append(str(control["value"]))
    return page.post(SELECTION, {**fields, "reason": reason}, follow=True)


def test_ticked_runs_are_cancelled_after_a_question(operators_page: Client, owner: User, stranger: User) -> None:
    running, pending, done = acting.running(owner), acting.pending(stranger), acting.failed(acting_third())

    question = asked(operators_page, "cancel", running, pending, done)
    assert "Cancel 3 runs?" in text(question)
    assert acting.fresh(pending).status == Status.PENDING
    outcome = confirmed(operators_page, question, "the disk is full")

    assert acting.fresh(pending).status == Status.CANCELLED
    assert acting.fresh(running).cancel_reason == "the disk is full"
    assert "Cancelled, or asked to stop: 2" in text(outcome)
    assert "1 run It is failed." in text(outcome)


def acting_third() -> User:
    return User.objects.create_user("third")


def test_all_that_match_are_counted_at_the_click_and_none_that_came_later(
    operators_page: Client, owner: User, stranger: User
) -> None:
    acting.failed(owner)
    mine = acting.pending(owner)
    question = operators_page.get(SELECTION, {"do": "cancel", "of": "matching", "query": "agent=rehearsal"})
    assert "Cancel 1 run?" in text(question)
    later = acting.pending(stranger)

    confirmed(operators_page, question)

    assert acting.fresh(mine).status == Status.CANCELLED
    assert acting.fresh(later).status == Status.PENDING


def test_no_more_are_done_at_a_time_than_is_said(
    operators_page: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "MOST_AT_ONCE", 2)
    runs = [acting.failed(owner) for _ in range(3)]
    question = operators_page.get(SELECTION, {"do": "rerun", "of": "matching", "query": "status=failed"})
    assert "Run again: 2 runs?" in text(question)
    assert "come back for the rest" in text(question)
    confirmed(operators_page, question)
    assert {run.rerun_of for run in AgentRun.objects.filter(trigger=Trigger.RERUN)} == {runs[1]}


def test_of_each_user_the_oldest_runs_again_and_the_rest_are_refused(
    operators_page: Client, owner: User, stranger: User
) -> None:
    mine = [acting.failed(owner) for _ in range(3)]
    theirs = acting.failed(stranger)

    outcome = confirmed(operators_page, asked(operators_page, "rerun", *mine, theirs), "the fault is mended")

    again = AgentRun.objects.filter(trigger=Trigger.RERUN)
    assert {run.rerun_of for run in again} == {mine[0], theirs}
    assert "Run again: 2" in text(outcome)
    assert "2 runs Its user has an active run: one at a time." in text(outcome)
    told = RunEvent.objects.filter(run__in=again, kind=EventKind.TRIGGERED)
    assert [(event.message, event.actor.username) for event in told] == [("the fault is mended", "operator")] * 2  # type: ignore[union-attr]


def test_whoever_is_busy_gets_the_waiting_seat_once(operators_page: Client, owner: User) -> None:
    earlier = [acting.failed(owner) for _ in range(2)]
    acting.running(owner)

    confirmed(operators_page, asked(operators_page, "rerun", *earlier))

    waiting = AgentRun.objects.waiting().get()
    assert waiting.rerun_of == earlier[0]


def test_others_may_compare_and_nothing_else(page: Client, owner: User) -> None:
    run = acting.failed(owner)
    labels = [button.get_text(strip=True) for button in soup(page.get(reverse("runs"))).select("#selection button")]
    assert labels == ["Compare two"]
    for do in ("cancel", "rerun"):
        assert asked(page, do, run).status_code == 403
        assert page.post(SELECTION, {"do": do, "run": str(run.pk)}).status_code == 403
    assert AgentRun.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ({"do": "cancel"}, 422, "No run is ticked."),
        ({"do": "cancel", "of": "matching", "query": "status=failed"}, 422, "None of the runs that match"),
        ({"do": "explode"}, 400, "Choose what to do"),
        ({"do": "compare"}, 422, "Tick two runs"),
        ({"do": "cancel", "run": "rubbish", "at": "2026-13-45T99:00"}, 422, "No run is ticked."),
    ],
)
def test_questions_without_an_answer_say_why(
    operators_page: Client, query: dict[str, str], status: int, sentence: str
) -> None:
    response = operators_page.get(SELECTION, query)
    assert response.status_code == status
    assert sentence in text(response)
