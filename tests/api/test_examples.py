"""The examples of the API's description: each as its schema says, and as whole as an answer is."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from runs.api import api
from runs.api.examples import EXAMPLES
from runs.schemas import RunRequest
from tests.api.scripts import Script

NOUNS = ("Document", "Run", "Token", "Webhook", "Delivery", "Schedule")
ELSEWHERE = {
    # Of the list of parts, which are shown one by one.
    "DocumentList", "RunList", "TokenList", "WebhookList", "DeliveryList", "ScheduleList",
    # Words alone, a part of another, or told of in a refusal.
    "DeliveryStatus", "DocumentFacts", "RunLine", "ScheduleRefusal", "WebhookEvent",
}  # fmt: skip


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    schema: dict[str, Any] = api.get_openapi_schema()
    return schema


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_what_its_schema_says(described: dict[str, Any], name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(EXAMPLES[name])
    assert described["components"]["schemas"][name]["examples"] == [EXAMPLES[name]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_lacks_no_field_and_invents_none(described: dict[str, Any], name: str) -> None:
    assert set(EXAMPLES[name]) == set(described["components"]["schemas"][name]["properties"])


def test_every_shape_of_these_nouns_has_one(described: dict[str, Any]) -> None:
    shapes = {name for name in described["components"]["schemas"] if name.startswith((*NOUNS, "New"))}
    assert shapes - EXAMPLES.keys() == ELSEWHERE


def test_trigger_shows_one(described: dict[str, Any]) -> None:
    content = described["paths"]["/api/v1/runs"]["post"]["requestBody"]["content"]["application/json"]
    assert RunRequest.model_validate(content["example"]).on_conflict == "wait"


def test_run_in_the_examples_has_the_fields_of_a_real_one(script: Script) -> None:
    made = script.post("/api/v1/runs", {"agent": "rehearsal"}).json()
    assert list(made) == list(EXAMPLES["RunShape"])
