"""Every endpoint of ``/api/v1/`` against everybody who may come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from runs import uploads
from runs.api import api
from runs.models import AgentRun, ApiToken, Scope, Status, User
from tests import acting
from tests.api.scripts import Script, on_this_machine, script_of

OF_ALL = {
    ("GET", "/api/v1/agents"),
    ("GET", "/api/v1/agents/{name}"),
    ("GET", "/api/v1/documents"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/policies"),
    ("GET", "/api/v1/policies/{name}"),
    ("GET", "/api/v1/policies/{name}/changes"),
    ("GET", "/api/v1/policies/{name}/versions"),
    ("GET", "/api/v1/policies/{name}/versions/{version}"),
    ("GET", "/api/v1/runs"),
    ("GET", "/api/v1/saved-inputs"),
    ("DELETE", "/api/v1/sessions"),
    ("GET", "/api/v1/saved-views"),
    ("GET", "/api/v1/schedules"),
    ("GET", "/api/v1/sessions"),
    ("GET", "/api/v1/status"),
    ("GET", "/api/v1/tokens"),
    ("GET", "/api/v1/webhooks"),
    ("POST", "/api/v1/agents/{name}/preflight"),
    ("POST", "/api/v1/documents"),
    ("POST", "/api/v1/runs"),
    ("POST", "/api/v1/saved-inputs"),
    ("POST", "/api/v1/saved-views"),
    ("POST", "/api/v1/schedules"),
    ("POST", "/api/v1/tokens"),
    ("POST", "/api/v1/webhooks"),
}
OF_OPERATORS = {
    ("GET", "/api/v1/goldens"): 200,
    ("POST", "/api/v1/agents/{name}/accept"): 409,
    ("POST", "/api/v1/agents/{name}/pause"): 422,
    ("POST", "/api/v1/agents/{name}/resume"): 409,
    ("POST", "/api/v1/policies"): 422,
    ("POST", "/api/v1/policies/try"): 422,
    ("POST", "/api/v1/policies/validate"): 200,
    ("POST", "/api/v1/policies/what-if"): 422,
    ("POST", "/api/v1/runs/cancel"): 422,
    ("POST", "/api/v1/runs/rerun"): 422,
    ("GET", "/api/v1/audit"): 200,
}
OF_A_RUN = {
    ("GET", "/api/v1/runs/{run_id}"): 200,
    ("GET", "/api/v1/runs/{run_id}/compare/{other_id}"): 422,
    ("GET", "/api/v1/runs/{run_id}/events"): 200,
    ("GET", "/api/v1/runs/{run_id}/log"): 200,
    ("GET", "/api/v1/runs/{run_id}/result"): 409,
    ("GET", "/api/v1/runs/{run_id}/receipt"): 409,
    ("GET", "/api/v1/runs/{run_id}/receipt.html"): 409,
    ("POST", "/api/v1/runs/{run_id}/adopt"): 422,
    ("POST", "/api/v1/runs/{run_id}/open"): 403,
    ("POST", "/api/v1/runs/{run_id}/pin"): 409,
    ("POST", "/api/v1/runs/{run_id}/unpin"): 409,
    ("POST", "/api/v1/runs/{run_id}/cancel"): 200,
    ("POST", "/api/v1/runs/{run_id}/force-stop"): 200,
    ("POST", "/api/v1/runs/{run_id}/rerun"): 409,
    ("POST", "/api/v1/runs/{run_id}/continue"): 409,
}
OF_A_WAIVER = {
    ("GET", "/api/v1/runs/{run_id}/waivers"),
    ("POST", "/api/v1/runs/{run_id}/waivers"),
    ("DELETE", "/api/v1/runs/{run_id}/waivers/{waiver_id}"),
}
OF_A_DOCUMENT = {
    ("GET", "/api/v1/documents/{document_id}"): 200,
    ("GET", "/api/v1/documents/{document_id}/content"): 200,
}
OF_A_TOKEN = {("DELETE", "/api/v1/tokens/{token_id}"): 204}
OF_A_WEBHOOK = {
    ("DELETE", "/api/v1/webhooks/{webhook_id}"),
    ("GET", "/api/v1/webhooks/{webhook_id}"),
    ("GET", "/api/v1/webhooks/{webhook_id}/deliveries"),
    ("GET", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}"),
    ("PATCH", "/api/v1/webhooks/{webhook_id}"),
    ("POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"),
    ("POST", "/api/v1/webhooks/{webhook_id}/secret"),
    ("POST", "/api/v1/webhooks/{webhook_id}/test"),
}
OF_A_SCHEDULE = {
    ("DELETE", "/api/v1/schedules/{schedule_id}"),
    ("GET", "/api/v1/schedules/{schedule_id}"),
    ("PATCH", "/api/v1/schedules/{schedule_id}"),
    ("POST", "/api/v1/schedules/{schedule_id}/pause"),
    ("POST", "/api/v1/schedules/{schedule_id}/resume"),
    ("POST", "/api/v1/schedules/{schedule_id}/run"),
}
OF_A_SAVED_INPUT = {
    ("DELETE", "/api/v1/saved-inputs/{saved_id}"),
    ("GET", "/api/v1/saved-inputs/{saved_id}"),
    ("PATCH", "/api/v1/saved-inputs/{saved_id}"),
}
OF_A_SAVED_VIEW = {
    ("DELETE", "/api/v1/saved-views/{view_id}"),
    ("GET", "/api/v1/saved-views/{view_id}"),
    ("PATCH", "/api/v1/saved-views/{view_id}"),
}
OF_A_SESSION = {("DELETE", "/api/v1/sessions/{reference}")}
OF_AN_OWN_DOCUMENT = {("DELETE", "/api/v1/documents/{document_id}"): 204}
EVERYTHING = sorted(
    [
        *OF_ALL,
        *OF_OPERATORS,
        *OF_A_RUN,
        *OF_A_WAIVER,
        *OF_A_DOCUMENT,
        *OF_AN_OWN_DOCUMENT,
        *OF_A_TOKEN,
        *OF_A_WEBHOOK,
        *OF_A_SCHEDULE,
        *OF_A_SAVED_INPUT,
        *OF_A_SAVED_VIEW,
        *OF_A_SESSION,
    ]
)


def call(script: Script, method: str, path: str, **ids: Any) -> Any:
    return script.client.generic(method, path.format(**{"name": "rehearsal", "version": 1, **ids}))


def call_with_any_id(script: Script, method: str, path: str) -> Any:
    names = ("run_id", "other_id", "document_id", "token_id", "webhook_id", "delivery_id", "schedule_id", "saved_id")
    ids: dict[str, Any] = {name: uuid4() for name in names}
    return call(script, method, path, **ids, reference=uuid4(), view_id=999, waiver_id=999)


def test_every_endpoint_is_in_this_matrix(db: None) -> None:
    schema = api.get_openapi_schema()
    paths = {(method.upper(), path) for path, methods in schema["paths"].items() for method in methods}
    assert paths == {*EVERYTHING, ("POST", "/agents/run"), ("GET", "/agents/status/{run_id}")}


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_nobody_is_told_to_sign_in(db: None, method: str, path: str) -> None:
    response = call_with_any_id(Script(), method, path)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_signed_in"


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
@pytest.mark.parametrize("fate", ["unknown", "revoked", "expired", "its user deactivated"])
def test_token_that_opens_nothing_opens_nothing(owner: User, method: str, path: str, fate: str) -> None:
    _, secret = ApiToken.issue(owner, "a test")
    past = timezone.now() - timedelta(seconds=1)
    match fate:
        case "unknown":
            ApiToken.objects.all().delete()
        case "revoked":
            ApiToken.objects.update(revoked_at=past)
        case "expired":
            ApiToken.objects.update(expires_at=past)
        case _:
            User.objects.update(is_active=False)
    assert call_with_any_id(Script(secret), method, path).status_code == 401


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_never_open_to_this_machine(db: None, settings: Settings, method: str, path: str) -> None:
    settings.API_OPEN_ON_LOOPBACK = True
    assert call_with_any_id(on_this_machine(), method, path).status_code == 401


@pytest.mark.parametrize(("method", "path"), OF_A_RUN)
@pytest.mark.parametrize("caller", ["owner", "operator", "stranger", "delegate"])
def test_run_is_for_its_owner_and_operators(
    request: pytest.FixtureRequest, owner: User, method: str, path: str, caller: str
) -> None:
    run = acting.running(owner)
    response = call(script_of(request.getfixturevalue(caller)), method, path, run_id=run.pk, other_id=run.pk)
    if caller in ("owner", "operator"):
        assert response.status_code == OF_A_RUN[method, path]
    else:
        assert response.status_code == 404
        assert response.json()["detail"] == f"Run ID: {run.pk} not found"
        assert acting.fresh(run).status == Status.RUNNING


@pytest.mark.parametrize(("method", "path"), OF_A_DOCUMENT)
@pytest.mark.parametrize("caller", ["owner", "operator", "stranger"])
def test_document_is_for_its_owner_and_operators(
    request: pytest.FixtureRequest, owner: User, method: str, path: str, caller: str
) -> None:
    document = uploads.keep(SimpleUploadedFile("a.txt", b"some text"), owner)
    response = call(script_of(request.getfixturevalue(caller)), method, path, document_id=document.pk)
    response.close()
    without_a_reason = 403 if path.endswith("/content") else 200
    assert response.status_code == {"owner": 200, "operator": without_a_reason, "stranger": 404}[caller]


@pytest.mark.parametrize(("method", "path"), OF_AN_OWN_DOCUMENT)
@pytest.mark.parametrize("caller", ["owner", "operator", "stranger"])
def test_document_is_deleted_by_its_owner_alone(
    request: pytest.FixtureRequest, owner: User, method: str, path: str, caller: str
) -> None:
    document = uploads.keep(SimpleUploadedFile("a.txt", b"some text"), owner)
    response = call(script_of(request.getfixturevalue(caller)), method, path, document_id=document.pk)
    assert response.status_code == (204 if caller == "owner" else 404)


@pytest.mark.parametrize(("method", "path"), OF_OPERATORS)
@pytest.mark.parametrize("caller", ["owner", "operator", "an operator's token without the scope"])
def test_what_operators_do_is_for_them(
    request: pytest.FixtureRequest, operator: User, method: str, path: str, caller: str
) -> None:
    if caller.endswith("scope"):
        script = Script(ApiToken.issue(operator, "weak", scopes=[Scope.RUNS_READ, Scope.RUNS_WRITE])[1])
    else:
        script = script_of(request.getfixturevalue(caller))
    body = b'{"reason": " "}' if path.endswith("pause") and caller == "operator" else b'{"reason": "x"}'
    response = script.client.generic(method, path.format(name="rehearsal"), body, "application/json")
    assert response.status_code == (OF_OPERATORS[method, path] if caller == "operator" else 403)


def test_lists_hold_what_one_may_see(owner: User, stranger: User, operator: User) -> None:
    run = acting.completed(owner)
    uploads.keep(SimpleUploadedFile("a.txt", b"some text"), owner)

    def seen(user: User) -> tuple[list[str], int]:
        script = script_of(user)
        runs = script.get("/api/v1/runs").json()["runs"]
        return [run["id"] for run in runs], len(script.get("/api/v1/documents").json()["documents"])

    assert seen(owner) == ([str(run.pk)], 1)
    assert seen(stranger) == ([], 0)
    assert seen(operator) == ([str(run.pk)], 0)


def test_strangers_document_can_not_be_given_to_an_agent(script: Script, stranger: User) -> None:
    document = uploads.keep(SimpleUploadedFile("a.txt", b"some text"), stranger)
    answers = [
        script.post("/api/v1/runs", {"agent": "document-extractor", "input": {"document": str(id)}})
        for id in (document.pk, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert [{**answer.json(), "request_id": ""} for answer in answers] == [{**answers[0].json(), "request_id": ""}] * 2


# --- The browser's session ----------------------------------------------------------------


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    return client


def test_session_reads_without_more(browser: Client) -> None:
    assert browser.get("/api/v1/runs").status_code == 200


@pytest.mark.parametrize(
    ("body", "declared"), [(b'{"agent": "rehearsal"}', "application/json"), (b'{"agent": "rehearsal"}', "text/plain")]
)
def test_session_changes_nothing_without_the_csrf_token(browser: Client, body: bytes, declared: str) -> None:
    response = browser.generic("POST", "/api/v1/runs", body, declared)
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert not AgentRun.objects.exists()


def test_session_changes_things_with_the_csrf_token(browser: Client) -> None:
    token = browser.get("/docs").cookies["csrftoken"].value
    response = browser.post("/api/v1/runs", {"agent": "rehearsal"}, "application/json", headers={"X-CSRFToken": token})
    assert response.status_code == 201


def test_forged_session_with_a_foreign_origin_is_refused(browser: Client) -> None:
    token = browser.get("/docs").cookies["csrftoken"].value
    headers = {"X-CSRFToken": token, "Origin": "https://evil.example"}
    response = browser.post("/api/v1/runs", {"agent": "rehearsal"}, "application/json", headers=headers)
    assert response.status_code == 403


def test_token_needs_no_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {ApiToken.issue(owner, 'a')[1]}"})
    assert client.post("/api/v1/runs", {"agent": "rehearsal"}, "application/json").status_code == 201


def test_wrong_token_is_not_rescued_by_a_session(browser: Client) -> None:
    assert browser.get("/api/v1/runs", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_deactivated_users_session_is_over(browser: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert browser.get("/api/v1/runs").status_code == 401
