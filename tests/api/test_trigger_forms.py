"""A trigger that brings its document: one request, and nothing lost where it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from runs.models import AgentRun, ApiToken, Document, Trigger, User
from tests import acting
from tests.api.scripts import Script

RUNS = "/api/v1/runs"
LEASE = b"A lease of a flat."


def file(content: bytes = LEASE, name: str = "lease.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def ask(script: Script, key: str | None = None, **fields: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return script.client.post(RUNS, {"agent": "document-extractor", **fields}, headers=headers)


def test_one_request_uploads_and_triggers(script: Script, owner: User) -> None:
    response = ask(script, document=file(), input='{"include_text": false}')
    run, document = AgentRun.objects.get(), Document.objects.get()
    body = response.json()
    assert (response.status_code, response["Location"]) == (201, body["url"])
    assert (run.user, run.document, run.trigger, run.input["include_text"]) == (owner, document, Trigger.API, False)
    assert (document.owner, document.name, document.size) == (owner, "lease.txt", len(LEASE))
    assert body["document"]["id"] == body["input"]["document"] == str(document.pk)


def test_a_form_without_a_file_is_like_json(script: Script) -> None:
    assert ask(script, agent="rehearsal", input='{"seconds": 0}').status_code == 201
    assert AgentRun.objects.get().document is None


def test_a_document_that_is_there_is_named_in_the_input(script: Script) -> None:
    document = script.client.post("/api/v1/documents", {"file": file()}).json()
    assert ask(script, input=json.dumps({"document": document["id"]})).json()["document"]["id"] == document["id"]


def test_a_policy_and_a_document_go_together(script: Script) -> None:
    response = ask(script, agent="policy-checker", document=file(), input='{"policy": "contract-basics"}')
    assert (response.status_code, response.json()["policy"]) == (201, "contract-basics@1")


def test_on_conflict_is_a_field_of_the_form(script: Script, owner: User) -> None:
    acting.pending(owner)
    assert ask(script, document=file(), on_conflict="wait").json()["status"] == "waiting"


# --- Refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "loc", "type"),
    [
        ({"input": '{"include_text": "perhaps"}'}, ["body", "input", "include_text"], "bool_parsing"),
        ({"input": '{"text": 1}'}, ["body", "input", "text"], "extra_forbidden"),
        ({"input": "{"}, ["body", "input"], "json_invalid"),
        ({"input": "[" * 200 + "]" * 200}, ["body", "input"], "json_invalid"),
        ({"input": "[]"}, ["body", "input"], "dict_type"),
        ({"input": ["{}", "{}"]}, ["body", "input"], "given_twice"),
        ({"input": '{"document": null}'}, ["body", "input", "document"], "given_twice"),
        ({"on_conflict": "fight"}, ["body", "on_conflict"], "literal_error"),
    ],
    ids=str,
)
def test_a_refused_form_says_what_its_file_has_become(
    script: Script, fields: dict[str, Any], loc: list[str], type: str
) -> None:
    response = ask(script, document=file(), **fields)
    body, document = response.json(), Document.objects.get()
    assert response.status_code == 422
    assert [(error["loc"], error["type"]) for error in body["errors"]] == [(loc, type)]
    assert body["documents"] == {
        "document": {
            "id": str(document.pk),
            "name": "lease.txt",
            "url": f"http://testserver/api/v1/documents/{document.pk}",
        }
    }
    assert not AgentRun.objects.exists()


def test_a_busy_user_keeps_the_document_for_the_next_request(script: Script, owner: User) -> None:
    acting.pending(owner)
    refused = ask(script, document=file()).json()
    assert refused["code"] == "already_running"
    given = {"document": refused["documents"]["document"]["id"]}
    again = script.post(RUNS, {"agent": "document-extractor", "input": given, "on_conflict": "wait"})
    assert again.status_code == 201
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "loc"),
    [
        ({"file": file()}, 422, ["body", "file"]),
        ({"agent": "rehearsal", "document": file()}, 422, ["body", "document"]),
        ({"document": [file(), file(b"Another.")]}, 422, ["body", "document"]),
        ({"document": "lease.txt"}, 422, ["body", "document"]),
        ({"agent": ["rehearsal", "document-extractor"], "document": file()}, 422, ["body", "agent"]),
        ({"agent": file(), "document": file()}, 422, ["body", "agent"]),
        ({"priority": "1", "document": file()}, 422, ["body", "priority"]),
        ({"document": file(b"\x7fELF\x02\x01\x01" + bytes(64))}, 422, None),
        ({"document": file(b"")}, 422, None),
        ({"agent": "nobody", "document": file()}, 404, None),
    ],
    ids=["unknown", "not this agent's", "two", "text", "two agents", "agent", "more", "binary", "empty", "nobody"],
)
def test_what_no_agent_takes_is_not_kept(
    script: Script, fields: dict[str, Any], status: int, loc: list[str] | None
) -> None:
    response = ask(script, **fields)
    assert response.status_code == status
    if loc:
        assert [error["loc"] for error in response.json()["errors"]] == [loc]
    assert "documents" not in response.json()
    assert not Document.objects.exists()
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize("body", [b"", b"nonsense", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="agent'])
def test_a_broken_form_is_refused(script: Script, body: bytes) -> None:
    response = script.send(RUNS, body, "multipart/form-data; boundary=x")
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_a_form_by_a_session_needs_the_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    response = client.post(RUNS, {"agent": "document-extractor", "document": file()})
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert not Document.objects.exists()


def test_a_token_that_may_only_read_leaves_no_document(owner: User) -> None:
    _, secret = ApiToken.issue(owner, "a test", scopes=["runs:read"])
    assert ask(Script(secret), document=file()).status_code == 403
    assert not Document.objects.exists()


# --- With a key --------------------------------------------------------------------------------


def test_the_same_form_again_is_answered_by_the_same_run(script: Script) -> None:
    first, again = ask(script, "a", document=file()), ask(script, "a", document=file(name="copy.txt"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Document.objects.count() == 1


def test_another_file_is_another_request(script: Script) -> None:
    ask(script, "a", document=file())
    response = ask(script, "a", document=file(b"Another lease."))
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert "document" in response.json()["documents"]
    assert AgentRun.objects.count() == 1


def test_the_form_is_described(client: Client, db: None) -> None:
    operation = client.get("/openapi.json").json()["paths"][RUNS]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"agent", "input", "on_conflict", "document"}
    assert (form["required"], form["properties"]["document"]["format"]) == (["agent"], "binary")
