"""``/api/v1/runs``: triggering, conflicts, one run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db.models import F
from django.utils import timezone

from runs import lifecycle
from runs.errors import LeaseLost
from runs.live.run_streams import allowed
from runs.models import AgentRun, ErrorCode, Trigger, User
from tests import acting
from tests.api.scripts import Script

RUNS = "/api/v1/runs"


def trigger(script: Script, **asked: Any) -> Any:
    return script.post(RUNS, {"agent": "rehearsal", **asked})


# --- Triggering ---------------------------------------------------------------------------


def test_trigger_answers_the_run_and_where_it_is(script: Script, owner: User) -> None:
    response = trigger(script, input={"act": "succeed", "seconds": 0})
    run = AgentRun.objects.get()
    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == body["url"] == f"http://testserver/api/v1/runs/{run.pk}"
    assert (run.user, run.trigger, run.input["seconds"]) == (owner, Trigger.API, 0)
    assert (body["status"], body["is_stopping"], body["attempt"], body["trigger"]) == ("pending", False, 0, "api")


def test_trigger_with_a_document_and_a_policy_names_both(script: Script) -> None:
    document = script.client.post("/api/v1/documents", {"file": _file("lease.txt", b"A lease.")}).json()
    given = {"document": document["id"], "policy": "contract-basics"}
    run = script.post(RUNS, {"agent": "policy-checker", "input": given}).json()
    assert run["document"] == {name: document[name] for name in ("id", "name", "url")}
    assert run["policy"] == "contract-basics@1"
    assert run["input"]["document"] == document["id"]


def _file(name: str, content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("asked", "loc", "type"),
    [
        ({"agent": "rehearsal", "priority": 1}, ["body", "priority"], "extra_forbidden"),
        ({}, ["body", "agent"], "missing"),
        ({"agent": 5}, ["body", "agent"], "string_type"),
        ({"agent": "rehearsal", "input": []}, ["body", "input"], "dict_type"),
        ({"agent": "rehearsal", "on_conflict": "fight"}, ["body", "on_conflict"], "literal_error"),
        ({"agent": "rehearsal", "input": {"seconds": -1}}, ["body", "input", "seconds"], "greater_than_equal"),
        ({"agent": "rehearsal", "input": {"tempo": 1}}, ["body", "input", "tempo"], "extra_forbidden"),
        ({"agent": "document-extractor", "input": {"document": "x"}}, ["body", "input", "document"], "uuid_parsing"),
        ({"agent": "policy-checker", "input": {"policy": "none"}}, ["body", "input", "policy"], "value_error"),
        (None, ["body"], "missing"),
        ([], ["body"], "model_type"),
    ],
    ids=str,
)
def test_faulty_request_names_the_field(script: Script, asked: Any, loc: list[str], type: str) -> None:
    response = script.post(RUNS, asked)
    body = response.json()
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert [(error["loc"], error["type"]) for error in body["errors"]] == [(loc, type)]
    assert set(body["errors"][0]) == {"loc", "msg", "type"}
    assert body["code"] == ("invalid_input" if len(loc) == 3 else "invalid_request")
    assert not AgentRun.objects.exists()


def test_all_faults_are_named_at_once(script: Script) -> None:
    errors = trigger(script, input={"seconds": -1, "steps": 0}).json()["errors"]
    assert [error["loc"][-1] for error in errors] == ["seconds", "steps"]


def test_unknown_agent_is_not_found(script: Script) -> None:
    response = script.post(RUNS, {"agent": "no\0body"})
    assert (response.status_code, response.json()["code"]) == (404, "unknown_agent")


# --- Conflicts ----------------------------------------------------------------------------


def test_conflict_shows_the_active_run_and_what_can_be_done(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    lifecycle.progress(attempt, percent=40)
    active = AgentRun.objects.get()
    response = trigger(script)
    assert response.status_code == 409
    assert int(response["Retry-After"]) > 0
    assert active.started_at is not None
    assert response.json() == {
        "type": "http://localhost:8000/docs/problems#already_running",
        "title": "Conflict",
        "status": 409,
        "detail": "An agent is already running",
        "code": "already_running",
        "active_run": {
            "id": str(active.pk),
            "url": f"http://testserver/api/v1/runs/{active.pk}",
            "agent": "rehearsal",
            "status": "running",
            "progress": 40,
            "started_at": f"{active.started_at:%Y-%m-%dT%H:%M:%S.%fZ}",
            "estimate_seconds": None,
        },
        "choices": ["wait", "replace"],
        "request_id": response.json()["request_id"],
    }


def completed_in(owner: User, *seconds: float) -> None:
    """Rehearsals that have taken so long."""
    for each in seconds:
        run = acting.completed(owner)
        AgentRun.objects.filter(pk=run.pk).update(started_at=F("completed_at") - timedelta(seconds=each))


@pytest.mark.parametrize(
    ("status", "ran", "estimate", "retry_after"),
    [
        ("pending", 0, 20, 20),
        ("running", 5, 15, 15),
        # Beyond the usual time: what is left of the slow one (28 seconds), then nobody knows.
        ("running", 22, 6, 6),
        ("running", 100, None, 5),
    ],
)
def test_conflict_estimates_when_to_ask_again(
    script: Script, owner: User, status: str, ran: int, estimate: int | None, retry_after: int
) -> None:
    completed_in(owner, 10, 20, 30)
    run = acting.BRING_TO[status](owner)
    AgentRun.objects.filter(pk=run.pk, status="running").update(started_at=timezone.now() - timedelta(seconds=ran))
    response = trigger(script)
    found = response.json()["active_run"]["estimate_seconds"]
    if estimate is None:
        assert (found, response["Retry-After"]) == (None, str(retry_after))
    else:
        # The clock goes on between setting the scene and asking.
        assert estimate - 2 <= found <= estimate
        assert int(response["Retry-After"]) == found


def test_an_estimate_of_hours_makes_nobody_wait_for_hours(script: Script, owner: User) -> None:
    completed_in(owner, 7200, 7200, 7200)
    acting.pending(owner)
    response = trigger(script)
    assert response.json()["active_run"]["estimate_seconds"] == 7200
    assert response["Retry-After"] == "60"


def test_a_run_that_is_stopping_is_out_of_the_way_by_then(script: Script, owner: User) -> None:
    completed_in(owner, 600, 600, 600)
    lifecycle.cancel(acting.running(owner), by=owner)
    assert trigger(script).json()["active_run"]["estimate_seconds"] < 60


def test_wait_takes_the_seat_and_a_second_is_refused_naming_who_sits_there(script: Script, owner: User) -> None:
    acting.pending(owner)
    first = trigger(script, on_conflict="wait")
    assert (first.status_code, first.json()["status"]) == (201, "waiting")
    second = trigger(script, on_conflict="wait")
    body = second.json()
    assert (second.status_code, body["code"], body["choices"]) == (409, "seat_taken", ["replace"])
    assert body["waiting_run"]["id"] == first.json()["id"]


def test_replace_asks_the_running_one_to_stop(script: Script, owner: User) -> None:
    active = acting.running(owner)
    assert trigger(script, on_conflict="replace").json()["status"] == "waiting"
    assert script.get(f"{RUNS}/{active.pk}").json()["is_stopping"] is True


# --- One run ------------------------------------------------------------------------------------


def test_completed_run_has_everything(script: Script, owner: User) -> None:
    run = acting.completed(owner)
    body = script.get(f"{RUNS}/{run.pk}").json()
    assert list(body) == [
        *("id", "url", "agent", "status", "progress", "started_at", "agent_version", "user_id", "trigger"),
        *("is_stopping", "step", "attempt", "document", "schedule", "scheduled_for", "rerun_of"),
        *("adopted_from",),
        *("result", "summary", "error", "error_code"),
        *("partial", "created_at", "completed_at", "max_attempts", "policy", "policy_hash", "continues", "taken_over"),
        *("is_hidden", "input", "output", "usage"),
        "cancel_requested_at",
        *("cancel_reason", "stops_by", "deadline_at", "page_url"),
        *(
            "events_url",
            "log_url",
            "result_url",
            "receipt_url",
            "cancel_url",
            "force_stop_url",
            "rerun_url",
            "continue_url",
        ),
        "stream_url",
    ]
    assert (body["status"], body["progress"], body["result"], body["summary"]) == (
        "completed",
        100,
        "rehearsed",
        "did it",
    )
    assert (body["output"], body["error"], body["error_code"]) == ({"a": 1}, None, None)
    assert body["stream_url"] is None
    assert body["created_at"] <= body["started_at"] <= body["completed_at"]


def test_failed_run_says_why_and_keeps_its_traceback(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    run = lifecycle.fail(attempt, ErrorCode.INVALID_INPUT, "No text.", traceback="Traceback: secret")
    response = script.get(f"{RUNS}/{run.pk}")
    assert (response.json()["error"], response.json()["error_code"]) == ("No text.", "invalid_input")
    assert b"secret" not in response.content


def test_a_run_that_goes_on_names_its_stream(script: Script, owner: User) -> None:
    run = acting.running(owner)
    address = httpx.URL(script.get(f"{RUNS}/{run.pk}").json()["stream_url"])
    assert allowed(run.pk, address.params["token"])


def test_every_address_in_a_run_leads_somewhere(script: Script, owner: User) -> None:
    body = script.get(f"{RUNS}/{acting.running(owner).pk}").json()
    for name in ("url", "events_url"):
        assert script.get(body[name]).status_code == 200
    for name in ("cancel_url", "force_stop_url"):
        assert script.post(body[name]).status_code == 200
    assert script.post(body["rerun_url"]).status_code == 201
    script.client.force_login(owner)
    assert script.get(body["page_url"]).status_code == 200


@pytest.mark.parametrize("verb", ["", "/events", "/rerun", "/cancel"])
def test_id_that_is_none_is_a_fault_of_the_path(script: Script, verb: str) -> None:
    ask = script.post if verb in ("/rerun", "/cancel") else script.get
    response = ask(f"{RUNS}/not-a-uuid{verb}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["path", "run_id"]
    assert ask(f"{RUNS}/{uuid4()}{verb}").status_code == 404


def test_a_late_result_is_adopted_with_a_reason(script: Script, owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)
    assert script.post(f"{RUNS}/{run.pk}/force-stop").status_code == 200
    with pytest.raises(LeaseLost):
        lifecycle.complete(attempt, "late", {"value": 1})

    assert script.post(f"{RUNS}/{run.pk}/adopt").status_code == 422
    response = script.post(f"{RUNS}/{run.pk}/adopt", {"reason": "it is right"})
    body = response.json()
    assert (response.status_code, body["status"], body["output"]) == (201, "completed", {"value": 1})
    assert (body["adopted_from"], body["trigger"]) == (str(run.pk), "adoption")
    again = script.post(f"{RUNS}/{run.pk}/adopt", {"reason": "again"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_adopt")


def test_a_run_asked_to_stop_says_by_when(script: Script, owner: User) -> None:
    run = acting.running(owner)
    body = script.post(f"{RUNS}/{run.pk}/cancel").json()
    assert body["is_stopping"] is True
    assert body["stops_by"] > body["cancel_requested_at"]
