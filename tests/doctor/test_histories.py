"""The doctor sees a history that cannot have happened."""

from __future__ import annotations

import pytest

from runs import lifecycle
from runs.doctor import State
from runs.doctor.histories import fault_in
from runs.errors import LeaseLost
from runs.models import AgentRun, EventKind, RunEvent, Status, User
from tests import acting
from tests.doctor.looking import finding, is_fine, text


def test_every_course_that_the_verbs_write_is_legal(owner: User, operator: User) -> None:
    acting.completed(owner)
    acting.failed(owner)
    acting.cancelled(owner)
    _rescued_with_a_late_result_that_is_adopted(owner)
    _stopped_while_running(owner)
    _replaced(owner)
    _handed_back_and_promoted(owner)
    ended = AgentRun.objects.finished().count()

    found = finding("histories")

    assert found.state == State.OK, text(found)
    assert f"newest {ended} ended runs" in found.sentence


def _rescued_with_a_late_result_that_is_adopted(user: User) -> None:
    run = acting.running(user)
    attempt = acting.attempt_of(run)
    acting.lose_lease(run)
    lifecycle.rescue()
    with pytest.raises(LeaseLost):
        lifecycle.complete(attempt, "rehearsed", {})
    lifecycle.cancel(acting.fresh(run), by=user)
    lifecycle.adopt(acting.fresh(run), by=user, reason="good enough")


def _stopped_while_running(user: User) -> None:
    run = acting.running(user)
    lifecycle.cancel(run, by=user)
    lifecycle.stopped(acting.attempt_of(run))
    lifecycle.force_stop(acting.running(user), by=user)


def _replaced(user: User) -> None:
    acting.pending(user)
    lifecycle.cancel(lifecycle.trigger(user, "rehearsal", {}, on_conflict="replace"), by=user)


def _handed_back_and_promoted(user: User) -> None:
    run = acting.running(user)
    waiting = acting.waiting(user)
    lifecycle.hand_back(acting.attempt_of(run), "The worker leaves.")
    lifecycle.cancel(acting.fresh(run), by=user)
    lifecycle.cancel(acting.fresh(waiting), by=user)


def test_two_endings_are_found(owner: User) -> None:
    run = acting.completed(owner)
    RunEvent.objects.create(run=run, kind=EventKind.FAILED)

    found = finding("histories")

    assert found.cases == (f"{run.pk}: failed while ended",)
    assert found.repair is None


def test_an_ending_that_nothing_tells_of_is_found(owner: User) -> None:
    run = acting.completed(owner)
    run.events.filter(kind=EventKind.COMPLETED).delete()

    assert finding("histories").state == State.TROUBLE


def test_an_ended_run_without_any_event_is_found(owner: User) -> None:
    acting.completed(owner).events.all().delete()

    assert "no event says so" in text(finding("histories"))


def test_runs_that_go_on_are_not_judged(owner: User) -> None:
    acting.running(owner).events.all().delete()

    assert is_fine("histories")


@pytest.mark.parametrize(
    ("kinds", "status", "fault"),
    [
        ("triggered started completed", Status.COMPLETED, ""),
        ("triggered started stepped logged completed late_result", Status.COMPLETED, ""),
        ("triggered seated promoted started retried started failed", Status.FAILED, ""),
        ("adopted completed", Status.COMPLETED, ""),
        ("triggered started failed late_result adopted", Status.FAILED, ""),
        ("triggered completed", Status.COMPLETED, "completed while pending"),
        ("triggered started started completed", Status.COMPLETED, "started while running"),
        ("triggered started completed cancel_requested", Status.COMPLETED, "cancel_requested while ended"),
        ("triggered seated started", Status.COMPLETED, "started while waiting"),
        ("started completed", Status.COMPLETED, "started while beginning"),
        ("triggered started completed", Status.FAILED, "failed, but its ending says completed"),
        ("triggered started", Status.CANCELLED, "cancelled, but no event says so"),
    ],
)
def test_a_course_of_events(kinds: str, status: str, fault: str) -> None:
    assert fault_in(kinds.split(), status) == fault


def test_a_kind_of_event_from_the_future_is_passed_over() -> None:
    assert fault_in(["triggered", "measured", "started", "completed"], Status.COMPLETED) == ""
