"""Bad requests to the original API: what FastAPI answered, and what made FastAPI fall over.

The expected answers are those FastAPI 0.116 and pydantic 2 give for the same models.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runs.models import AgentRun
from tests.api.scripts import JSON, Script

USER = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NAMES = "'document-extractor', 'policy-checker' or 'rehearsal'"
NO_OBJECT = "Input should be a valid dictionary or object to extract fields from"
NO_UUID = "UUID input should be a string, bytes or UUID object"


def missing(key: str, body: Any) -> dict[str, Any]:
    return {"type": "missing", "loc": ["body", key], "msg": "Field required", "input": body}


def no_agent(value: Any) -> dict[str, Any]:
    entry = {"type": "enum", "loc": ["body", "agent_type"], "msg": f"Input should be {NAMES}"}
    return {**entry, "input": value, "ctx": {"expected": NAMES}}


def no_uuid(value: str, why: str) -> dict[str, Any]:
    entry = {"type": "uuid_parsing", "loc": ["body", "user_id"], "msg": f"Input should be a valid UUID, {why}"}
    return {**entry, "input": value, "ctx": {"error": why}}


def no_uuid_type(value: Any) -> dict[str, Any]:
    return {"type": "uuid_type", "loc": ["body", "user_id"], "msg": NO_UUID, "input": value}


def no_object(value: Any) -> dict[str, Any]:
    return {"type": "model_attributes_type", "loc": ["body"], "msg": NO_OBJECT, "input": value}


def no_json(position: int, why: str) -> dict[str, Any]:
    entry = {"type": "json_invalid", "loc": ["body", position], "msg": "JSON decode error"}
    return {**entry, "input": {}, "ctx": {"error": why}}


NOTHING = {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}

FAULTS: dict[bytes, list[dict[str, Any]]] = {
    b"": [NOTHING],
    b"null": [NOTHING],
    b"{}": [missing("agent_type", {}), missing("user_id", {})],
    b'{"agent_type": "rehearsal"}': [missing("user_id", {"agent_type": "rehearsal"})],
    b'{"agent_type": "nope", "user_id": "zz"}': [no_agent("nope"), no_uuid("zz", "invalid character: found `z` at 0")],
    b'{"agent_type": "REHEARSAL", "user_id": ""}': [no_agent("REHEARSAL"), no_uuid("", "invalid length: found 0")],
    b'{"agent_type": "rehearsal", "user_id": "3fa85f64-5717-4562-b3fc-2c963f66af"}': [
        no_uuid("3fa85f64-5717-4562-b3fc-2c963f66af", "invalid group length in group 4: expected 12, found 10"),
    ],
    b'{"agent_type": 5, "user_id": 5}': [no_agent(5), no_uuid_type(5)],
    b'{"agent_type": null, "user_id": null}': [no_agent(None), no_uuid_type(None)],
    b'{"agent_type": ["rehearsal"], "user_id": {"a": 1}}': [no_agent(["rehearsal"]), no_uuid_type({"a": 1})],
    b'{"agent_type": "a\\u0000b", "user_id": "\\u0000"}': [
        no_agent("a\0b"),
        no_uuid("\0", "invalid character: found `\0` at 0"),
    ],
    b"[]": [no_object([])],
    b'"x"': [no_object("x")],
    b"5": [no_object(5)],
    b"nope": [no_json(0, "Expecting value")],
    b"  ": [no_json(2, "Expecting value")],
    b"{": [no_json(1, "Expecting property name enclosed in double quotes")],
    b"[1,2": [no_json(4, "Expecting ',' delimiter")],
    b'{"a":"\n"}': [no_json(6, "Invalid control character at")],
    b"\xef\xbb\xbf{}": [missing("agent_type", {}), missing("user_id", {})],
    '{"agent_type":"é"}'.encode("utf-16"): [no_agent("é"), missing("user_id", {"agent_type": "é"})],
}


@pytest.mark.parametrize("body", FAULTS, ids=repr)
def test_faulty_body_is_answered_as_fastapi_did(local: Script, body: bytes) -> None:
    response = local.send("/agents/run", body)
    assert (response.status_code, response.json()) == (422, {"detail": FAULTS[body]})


GOOD = json.dumps({"agent_type": "rehearsal", "user_id": USER}).encode()


@pytest.mark.parametrize(
    "declared", ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/json+x", "garbage", ""]
)
def test_body_not_declared_as_json_is_a_text(local: Script, declared: str) -> None:
    response = local.send("/agents/run", GOOD, declared)
    assert (response.status_code, response.json()) == (422, {"detail": [no_object(GOOD.decode())]})


@pytest.mark.parametrize("declared", [JSON, "application/vnd.api+json", "APPLICATION/JSON; charset=utf-8"])
def test_body_declared_as_json_is_read(local: Script, declared: str) -> None:
    assert local.send("/agents/run", GOOD, declared).status_code == 200


def test_extra_keys_are_ignored(local: Script) -> None:
    assert local.post("/agents/run", {"agent_type": "rehearsal", "user_id": USER, "input": 1}).status_code == 200


@pytest.mark.parametrize("form", [f"urn:uuid:{USER}", f"{{{USER}}}", UUID(USER).hex, USER.upper()])
def test_user_id_is_taken_in_every_form_of_a_uuid(local: Script, form: str) -> None:
    assert local.post("/agents/run", {"agent_type": "rehearsal", "user_id": form}).status_code == 200
    assert str(AgentRun.objects.get().user_id) == USER


def test_lone_surrogate_comes_back_as_its_escape(local: Script) -> None:
    response = local.send("/agents/run", rb'{"agent_type": "\ud800", "user_id": "\ud800"}')
    assert response.status_code == 422
    assert rb"\ud800" in response.content


def test_text_that_is_no_utf8_comes_back_readable(local: Script) -> None:
    response = local.send("/agents/run", b"\xff", "text/plain")
    assert (response.status_code, response.json()) == (422, {"detail": [no_object("\ufffd")]})


def test_numbers_beyond_every_float_come_back_as_null(local: Script) -> None:
    response = local.send("/agents/run", b'{"agent_type": NaN, "user_id": 1e999}')
    assert (response.status_code, response.json()) == (422, {"detail": [no_agent(None), no_uuid_type(None)]})


@pytest.mark.parametrize(
    "body",
    [b'"\xff"', b"[" * 5000, b"[" * 500 + b"]" * 500, b'{"a":' * 200 + b"1" + b"}" * 200, b"1" * 5000],
    ids=["not UTF-8", "unbalanced", "deep lists", "deep objects", "a number of 5000 digits"],
)
def test_json_that_can_not_be_handled_is_refused_as_fastapi_did(local: Script, body: bytes) -> None:
    response = local.send("/agents/run", body)
    assert (response.status_code, response.json()) == (400, {"detail": "There was an error parsing the body"})


def test_body_larger_than_the_site_reads_is_refused(local: Script) -> None:
    response = local.send("/agents/run", b'"' + b"x" * 3_000_000 + b'"')
    assert (response.status_code, list(response.json())) == (413, ["detail"])


@pytest.mark.parametrize("path", ["%00", "%ff", "%0a", "%F0%9F%92%A9", "x" * 5000, "3fa85f64-5717-4562-b3fc"])
def test_no_path_breaks_the_status(local: Script, path: str) -> None:
    response = local.get(f"/agents/status/{path}")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["path", "run_id"]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.just("rehearsal"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
objects = st.fixed_dictionaries({}, optional={"agent_type": values, "user_id": values, "more": values})
bodies = (
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | objects.map(lambda value: json.dumps(value).encode())
    | values.map(lambda value: json.dumps(value).encode())
    | objects.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass"))
)
declarations = st.sampled_from([JSON, "application/x+json", "text/plain", "multipart/form-data; boundary=x", ""])


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies, declared=declarations)
def test_no_body_makes_it_fall_over(local: Script, body: bytes, declared: str) -> None:
    response = local.send("/agents/run", body, declared)
    assert response.status_code in (400, 422)
    assert response.json()["detail"]
