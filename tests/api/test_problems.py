"""Refusals of ``/api/v1/``: always problem+json, whatever is sent and whatever breaks."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runs.api import api
from runs.api.description import operations
from runs.api.documentation import explained
from runs.models import User
from tests.api.scripts import Script
from tests.api.test_original_faults import bodies, declarations

STANDARD = {"type", "title", "status", "detail", "code", "request_id"}


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) >= STANDARD
    assert body["status"] == status
    assert body["type"] == f"http://localhost:8000/docs/problems#{body['code']}"
    return body


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "invalid_json"), (b'"\xff"', "unreadable"), (b"[" * 9000, "unreadable"), (b"1" * 5000, "unreadable")],
)
def test_body_that_is_no_json(script: Script, body: bytes, code: str) -> None:
    assert problem(script.send("/api/v1/runs", body), 400)["code"] == code


def test_body_that_is_too_large(script: Script) -> None:
    assert problem(script.send("/api/v1/runs", b"1" * 3_000_000), 413)["code"] == "too_large"


@pytest.mark.parametrize("code", [code for _, code, _ in explained()])
def test_type_leads_to_what_the_code_means(code: str, client: Client, db: None) -> None:
    page = client.get("/docs/problems").content.decode()
    assert re.search(rf'<tr id="{code}">.*<td data-label="What it means">[A-Z].+\.</td></tr>', page)


def test_request_is_known_by_the_id_it_came_with(owner: User) -> None:
    headers = {"X-Request-ID": "edge-7f3a"}
    assert problem(Script(**headers).get("/api/v1/me"), 401)["request_id"] == "edge-7f3a"


@pytest.mark.parametrize("given", ["", "a b", "x" * 500, "<script>", "\u00e9"])
def test_id_that_is_none_is_replaced(db: None, given: str) -> None:
    assert UUID(problem(Script(**{"X-Request-ID": given}).get("/api/v1/me"), 401)["request_id"])


# --- What is not described is refused ------------------------------------------------------


def every_endpoint() -> list[tuple[str, str]]:
    described = operations(api.get_openapi_schema())
    return [(method.upper(), path) for path, method, _ in described if path.startswith("/api/")]


def address(path: str) -> str:
    return re.sub(r"{\w+}", "rehearsal" if "/agents/" in path else str(UUID(int=1)), path)


@pytest.mark.parametrize(("method", "path"), every_endpoint())
def test_no_endpoint_takes_a_parameter_it_does_not_describe(script: Script, method: str, path: str) -> None:
    response = script.client.generic(method, f"{address(path)}?no_such=1")
    assert {"loc": ["query", "no_such"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"} in (
        problem(response, 422)["errors"]
    )


def test_parameter_given_twice_is_refused(script: Script) -> None:
    errors = problem(script.client.get("/api/v1/runs?agent=rehearsal&agent=rehearsal"), 422)["errors"]
    assert [(error["loc"], error["type"]) for error in errors] == [(["query", "agent"], "given_twice")]


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded", "", "garbage"])
def test_body_must_be_declared_as_what_it_is(script: Script, declared: str) -> None:
    response = script.send("/api/v1/runs", b'{"agent": "rehearsal"}', declared)
    assert problem(response, 415)["code"] == "unsupported_media_type"
    assert "application/json" in response["Accept"]


@pytest.mark.parametrize("declared", ["application/json; charset=utf-8", "application/vnd.x+json"])
def test_body_may_be_declared_as_any_json(script: Script, declared: str) -> None:
    assert script.send("/api/v1/runs", b'{"agent": "rehearsal"}', declared).status_code == 201


def test_form_with_a_field_that_means_nothing_is_refused(script: Script) -> None:
    files = {"file": SimpleUploadedFile("a.txt", b"text"), "other": SimpleUploadedFile("b.txt", b"text"), "more": "1"}
    errors = problem(script.client.post("/api/v1/documents", files), 422)["errors"]
    assert {tuple(error["loc"]) for error in errors} == {("body", "other"), ("body", "more")}


@pytest.mark.parametrize("path", ["", "/", "/nonsense", "/runs/", "/runs/a/b/c", "/agents/a/b", "/%00"])
def test_unknown_address(script: Script, path: str) -> None:
    assert problem(script.get(f"/api/v1{path}"), 404)["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/runs", "/api/v10"])
def test_address_outside_of_every_version(script: Script, path: str) -> None:
    assert problem(script.get(path), 404)["code"] == "not_found"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_method_an_address_does_not_have(script: Script, method: str) -> None:
    response = script.client.generic(method, "/api/v1/runs")
    assert problem(response, 405)["code"] == "method_not_allowed"
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.django_db(transaction=True)
def test_user_locked_by_another_request(script: Script, owner: User, settings: Any) -> None:
    import psycopg2

    settings.LOCK_WAIT_SECONDS = 0.1
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM runs_user WHERE id = %s FOR UPDATE", [str(owner.pk)])
        response = script.post("/api/v1/runs", {"agent": "rehearsal"})
        assert problem(response, 503)["code"] == "user_locked"
        assert response["Retry-After"] == "1"
        original = script.post("/agents/run", {"agent_type": "rehearsal", "user_id": str(owner.pk)})
        assert (original.status_code, original["Retry-After"], list(original.json())) == (503, "1", ["detail"])
    finally:
        other.close()


def test_fault_of_ours_is_told_without_its_details(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE runs_agentrun RENAME TO mislaid")
    response = script.get(f"/api/v1/runs/{UUID(int=1)}")
    assert problem(response, 500)["code"] == "internal_error"
    assert b"agentrun" not in response.content
    assert 'relation "runs_agentrun" does not exist' in caplog.text
    assert script.get(f"/agents/status/{UUID(int=1)}").json() == {"detail": "Something went wrong on our side."}


paths = st.sampled_from(
    ["runs", "documents", f"runs/{UUID(int=1)}/cancel", f"runs/{UUID(int=1)}/rerun", f"runs/{UUID(int=1)}/force-stop"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=paths, body=bodies, declared=declarations)
def test_no_body_makes_it_fall_over(script: Script, path: str, body: bytes, declared: str) -> None:
    response = script.send(f"/api/v1/{path}", body, declared)
    assert 400 <= response.status_code < 500
    assert set(json.loads(response.content)) >= STANDARD


names = st.sampled_from(["agent", "status", "period", "text", "cursor", "after", "limit", "other"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["runs", "documents", f"runs/{UUID(int=1)}/events"]),
    query=st.dictionaries(names, st.text(max_size=120), max_size=3),
)
def test_no_parameter_makes_it_fall_over(script: Script, path: str, query: dict[str, str]) -> None:
    response = script.get(f"/api/v1/{path}", **query)
    assert response.status_code in (200, 404, 422)
