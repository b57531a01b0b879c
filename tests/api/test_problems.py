"""Refusals of ``/api/v1/``: always problem+json, whatever is sent and whatever breaks."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runs.models import User
from tests.api.scripts import Script
from tests.api.test_original_faults import bodies, declarations

STANDARD = {"type", "title", "status", "detail", "code"}


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) >= STANDARD
    assert body["status"] == status
    return body


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "invalid_json"), (b'"\xff"', "unreadable"), (b"[" * 9000, "unreadable"), (b"1" * 5000, "unreadable")],
)
def test_body_that_is_no_json(script: Script, body: bytes, code: str) -> None:
    assert problem(script.send("/api/v1/runs", body), 400)["code"] == code


def test_body_that_is_too_large(script: Script) -> None:
    assert problem(script.send("/api/v1/runs", b"1" * 3_000_000), 413)["code"] == "too_large"


@pytest.mark.parametrize("path", ["", "/", "/nonsense", "/runs/", "/runs/a/b/c", "/agents/a/b", "/%00"])
def test_unknown_address(script: Script, path: str) -> None:
    assert problem(script.get(f"/api/v1{path}"), 404)["code"] == "not_found"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_method_an_address_does_not_have(script: Script, method: str) -> None:
    response = script.client.generic(method, "/api/v1/runs")
    assert problem(response, 405)["code"] == "method_not_allowed"
    assert set(response["Allow"].split(", ")) == {"GET", "POST"}


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
