"""The API's description of itself: the document and its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from runs.agents import AGENTS
from runs.filters import RunFilter

PUBLIC = ("/openapi.json", "/docs", "/docs/problems")


@pytest.fixture
def described(client: Client) -> Any:
    return client.get("/openapi.json").json()


def references(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, inner in value.items():
                if name == "$ref":
                    yield inner
                yield from references(inner)
        case list():
            for inner in value:
                yield from references(inner)


@pytest.mark.parametrize("path", PUBLIC)
def test_open_to_everybody(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 200


def test_every_reference_leads_somewhere(described: Any, db: None) -> None:
    for reference in references(described):
        place = described
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]


def test_operations_have_names_of_their_own(described: Any) -> None:
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["description"] for operation in operations)


def test_original_endpoints_are_described_with_their_bodies(described: Any) -> None:
    trigger = described["paths"]["/agents/run"]["post"]
    body = trigger["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["agent_type"]["enum"] == list(AGENTS)
    assert body["properties"]["user_id"]["format"] == "uuid"
    assert body["required"] == ["agent_type", "user_id"]
    assert set(trigger["responses"]) == {"200", "400", "401", "403", "409", "413", "422", "429", "503"}
    status = described["paths"]["/agents/status/{run_id}"]["get"]
    shape = status["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert len(described["components"]["schemas"][shape]["required"]) == 8
    assert set(status["responses"]) == {"200", "401", "404", "422", "429"}


def test_refusals_are_described_as_problems(described: Any) -> None:
    for path, methods in described["paths"].items():
        for operation in methods.values() if path.startswith("/api/v1/") else ():
            refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert {"401", "403", "422", "429", "503"} <= set(refusals)
            assert {"400", "413", "415"} <= set(refusals) or "requestBody" not in operation
            assert all(answer == {"$ref": f"#/components/responses/{status}"} for status, answer in refusals.items())
    for status, answer in described["components"]["responses"].items():
        problem = answer["content"]["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert problem["example"]["status"] == int(status)


def test_everything_needs_to_be_signed_in(described: Any) -> None:
    for path, methods in described["paths"].items():
        for operation in methods.values() if path.startswith("/api/v1/") else ():
            assert operation["security"] == [{"Token": []}, {"Session": []}]


def test_lists_describe_their_parameters(described: Any) -> None:
    parameters = described["paths"]["/api/v1/runs"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == list(RunFilter.model_fields)
    events = described["paths"]["/api/v1/runs/{run_id}/events"]["get"]["parameters"]
    assert [(parameter["name"], parameter["in"]) for parameter in events] == [
        ("run_id", "path"),
        ("cursor", "query"),
        ("limit", "query"),
    ]


def test_page_allows_no_inline_script_or_style(client: Client, db: None) -> None:
    policy = client.get("/docs")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
