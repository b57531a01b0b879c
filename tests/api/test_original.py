"""The original's contract, row by row."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from runs import lifecycle
from runs.models import AgentRun, AgentSettings, ErrorCode, Status, Trigger, User
from runs.models.run import database_now
from tests import acting
from tests.api.scripts import Script, script_of

KEYS = ["run_id", "agent_type", "user_id", "status", "result", "error", "started_at", "completed_at"]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def ask(script: Script, user_id: object, agent: str = "document-extractor") -> object:
    return script.post("/agents/run", {"agent_type": agent, "user_id": str(user_id)})


def status(script: Script, run: AgentRun) -> dict[str, object]:
    response = script.get(f"/agents/status/{run.pk}")
    assert response.status_code == 200
    body: dict[str, object] = response.json()
    return body


def test_trigger_answers_the_run_and_running(script: Script, owner: User) -> None:
    response = ask(script, owner.pk)
    run = AgentRun.objects.get()
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    assert response.json() == {"run_id": str(run.pk), "status": "running"}
    assert (run.user, run.agent, run.trigger, run.document) == (owner, "document-extractor", Trigger.API, None)


@pytest.mark.parametrize("agent", ["document-extractor", "policy-checker"])
def test_second_trigger_is_refused_whatever_the_agent(script: Script, owner: User, agent: str) -> None:
    ask(script, owner.pk)
    response = ask(script, owner.pk, agent)
    assert (response.status_code, response.json()) == (409, {"detail": "An agent is already running"})
    assert AgentRun.objects.count() == 1


def test_another_user_meanwhile_is_served(delegate: User) -> None:
    script = script_of(delegate)
    assert [ask(script, uuid4()).status_code for _ in range(3)] == [200, 200, 200]


def test_the_slot_is_free_again_after_the_end(script: Script, owner: User) -> None:
    acting.completed(owner)
    assert ask(script, owner.pk).status_code == 200


@pytest.mark.parametrize("stage", [Status.WAITING, Status.PENDING, Status.RUNNING])
def test_every_run_that_has_not_ended_is_running(script: Script, owner: User, stage: str) -> None:
    run = acting.BRING_TO[stage](owner)
    body = status(script, run)
    assert list(body) == KEYS
    assert body == {
        "run_id": str(run.pk),
        "agent_type": "rehearsal",
        "user_id": str(owner.pk),
        "status": "running",
        "result": None,
        "error": None,
        "started_at": body["started_at"],
        "completed_at": None,
    }
    assert MOMENT.fullmatch(str(body["started_at"]))


def test_retrying_run_is_running_without_error(script: Script, owner: User) -> None:
    run = lifecycle.fail(acting.started(acting.pending(owner)), ErrorCode.AGENT_ERROR, "Not yet.")
    assert run.status == Status.PENDING
    assert (status(script, run)["status"], status(script, run)["error"]) == ("running", None)


@pytest.mark.parametrize("result", ["extracted", "approved", "rejected"])
def test_completed_run_has_its_result(script: Script, owner: User, result: str) -> None:
    run = lifecycle.complete(acting.started(acting.pending(owner)), result, {})
    body = status(script, run)
    assert list(body) == KEYS
    assert (body["status"], body["result"], body["error"]) == ("completed", result, None)
    assert MOMENT.fullmatch(str(body["completed_at"]))


@pytest.mark.parametrize(
    ("code", "sentence"), [(ErrorCode.INVALID_INPUT, "No text."), (ErrorCode.TIMED_OUT, "Agent run timed out")]
)
def test_failed_run_has_its_sentence(script: Script, owner: User, code: ErrorCode, sentence: str) -> None:
    run = lifecycle.fail(acting.started(acting.pending(owner)), code, sentence)
    body = status(script, run)
    assert (body["status"], body["result"], body["error"]) == ("failed", None, sentence)
    assert MOMENT.fullmatch(str(body["completed_at"]))


def test_cancelled_run_failed_with_the_one_sentence_and_no_reason(script: Script, owner: User) -> None:
    run = lifecycle.cancel(acting.pending(owner), by=owner, reason="a mistake")
    body = status(script, run)
    assert (body["status"], body["result"], body["error"]) == ("failed", None, "Run was cancelled")


def test_started_at_is_when_it_was_triggered(script: Script, owner: User) -> None:
    run = acting.running(owner)
    assert status(script, run)["started_at"] == f"{run.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_whole_seconds_keep_their_microseconds(script: Script, owner: User) -> None:
    run = acting.pending(owner)
    AgentRun.objects.filter(pk=run.pk).update(created_at=database_now().replace(microsecond=0))
    assert MOMENT.fullmatch(str(status(script, run)["started_at"]))


@pytest.mark.parametrize("form", ["{}", "{0:}", "{{{0}}}"], ids=["plain", "same", "in braces"])
def test_run_that_does_not_exist_is_not_found(script: Script, form: str) -> None:
    unknown = uuid4()
    response = script.get(f"/agents/status/{form.format(unknown)}")
    assert (response.status_code, response.json()) == (404, {"detail": f"Run ID: {unknown} not found"})


def test_status_takes_an_id_without_hyphens(script: Script, owner: User) -> None:
    assert script.get(f"/agents/status/{acting.pending(owner).pk.hex}").status_code == 200


def test_id_that_is_none_is_a_fault_of_the_path(script: Script) -> None:
    response = script.get("/agents/status/not-a-uuid")
    assert response.status_code == 422
    assert response.json() == {
        "detail": [
            {
                "type": "uuid_parsing",
                "loc": ["path", "run_id"],
                "msg": "Input should be a valid UUID, invalid character: found `n` at 0",
                "input": "not-a-uuid",
                "ctx": {"error": "invalid character: found `n` at 0"},
            }
        ]
    }


def test_paused_agent_is_refused_in_a_sentence(script: Script, owner: User) -> None:
    AgentSettings.objects.create(agent="document-extractor", paused_at=database_now(), paused_reason="moving house")
    response = ask(script, owner.pk)
    assert (response.status_code, response.json()) == (
        409,
        {"detail": "Document extractor is paused: moving house"},
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/agents/run", "POST"),
        ("PUT", "/agents/run", "POST"),
        ("OPTIONS", "/agents/run", "POST"),
        ("BREW", "/agents/run", "POST"),
        ("POST", f"/agents/status/{UUID(int=1)}", "GET"),
        ("DELETE", f"/agents/status/{UUID(int=1)}", "GET"),
    ],
)
def test_other_methods_are_refused_as_json(script: Script, method: str, path: str, allowed: str) -> None:
    response = script.client.generic(method, path)
    assert (response.status_code, response.json()) == (405, {"detail": "Method Not Allowed"})
    assert response["Allow"] == allowed


@pytest.mark.parametrize("path", ["/agents/status", "/agents/status/a/b", "/agents/run/now"])
def test_addresses_beside_it_are_not_found_as_json(script: Script, path: str) -> None:
    response = script.get(path)
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
