"""``/api/v1/runs/…``: cancel, force stop and rerun."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from runs.models import Status, User
from tests import acting
from tests.api.scripts import Script, script_of

RUNS = "/api/v1/runs"


def test_cancel_ends_a_pending_run_with_the_reason(script: Script, owner: User) -> None:
    run = acting.pending(owner)
    body = script.post(f"{RUNS}/{run.pk}/cancel", {"reason": "a\0 mistake"}).json()
    assert (body["status"], body["error"]) == ("cancelled", "Run was cancelled: a\ufffd mistake")


def test_cancel_asks_a_running_one_and_asking_twice_is_harmless(script: Script, owner: User) -> None:
    run = acting.running(owner)
    for _ in range(2):
        response = script.post(f"{RUNS}/{run.pk}/cancel")
        assert (response.status_code, response.json()["status"]) == (200, "running")
        assert response.json()["is_stopping"] is True


def test_force_stop_ends_a_running_run_at_once(script: Script, owner: User) -> None:
    run = acting.running(owner)
    body = script.post(f"{RUNS}/{run.pk}/force-stop", {"reason": "hangs"}).json()
    assert (body["status"], body["cancel_reason"]) == ("cancelled", "hangs")


def test_operators_stop_is_the_operators_in_the_history(owner: User, operator: User) -> None:
    run = acting.pending(owner)
    script = script_of(operator)
    assert script.post(f"{RUNS}/{run.pk}/cancel").status_code == 200
    assert script.get(f"{RUNS}/{run.pk}/events").json()["events"][-1]["actor"] == "operator"


@pytest.mark.parametrize("verb", ["cancel", "force-stop"])
@pytest.mark.parametrize("stage", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_what_has_ended_can_not_be_stopped(script: Script, owner: User, verb: str, stage: str) -> None:
    run = acting.BRING_TO[stage](owner)
    response = script.post(f"{RUNS}/{run.pk}/{verb}")
    assert (response.status_code, response.json()["code"]) == (409, "wrong_status")


@pytest.mark.parametrize("body", [{"reason": "x" * 201}, {"why": "x"}, {"reason": None}, [], 1])
def test_faulty_reason_stops_nothing(script: Script, owner: User, body: Any) -> None:
    run = acting.pending(owner)
    assert script.post(f"{RUNS}/{run.pk}/cancel", body).status_code == 422
    assert acting.fresh(run).status == Status.PENDING


def test_rerun_is_a_new_run_with_the_old_input(script: Script, owner: User) -> None:
    old = acting.completed(owner)
    response = script.post(f"{RUNS}/{old.pk}/rerun")
    body = response.json()
    assert (response.status_code, response["Location"]) == (201, body["url"])
    assert (body["trigger"], body["rerun_of"], UUID(body["id"]) != old.pk) == ("rerun", str(old.pk), True)
    assert body["input"] == old.input


def test_rerun_conflicts_like_any_trigger(script: Script, owner: User) -> None:
    run = acting.pending(owner)
    assert script.post(f"{RUNS}/{run.pk}/rerun").json()["code"] == "already_running"
    assert script.post(f"{RUNS}/{run.pk}/rerun", {"on_conflict": "wait"}).json()["status"] == "waiting"
