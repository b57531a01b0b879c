"""``/api/v1/agents`` and ``/api/v1/policies``: what can be run, and checked against."""

from __future__ import annotations

from datetime import datetime, timedelta

from runs import pausing, policies
from runs.agents import AGENTS
from runs.models import AgentSettings, User
from runs.models.run import database_now
from tests.api.scripts import Script


def test_agents_say_what_they_take_and_give(script: Script) -> None:
    listed = script.get("/api/v1/agents").json()["agents"]
    assert [agent["name"] for agent in listed] == list(AGENTS)
    for agent in listed:
        assert list(agent) == [
            *("name", "label", "description", "version", "url", "is_paused", "paused_reason"),
            *("paused_at", "paused_by"),
            *("input_schema", "output_schema"),
        ]
        assert agent["input_schema"]["type"] == agent["output_schema"]["type"] == "object"
        assert (agent["is_paused"], agent["paused_reason"]) == (False, None)
        assert script.get(agent["url"]).json() == agent


def test_schema_tells_documents_from_other_ids(script: Script) -> None:
    schema = script.get("/api/v1/agents/document-extractor").json()["input_schema"]
    assert "document" in str(schema["properties"]["document"])


def test_paused_agent_says_why(script: Script) -> None:
    AgentSettings.objects.create(agent="rehearsal", paused_at=database_now(), paused_reason="moving house")
    AgentSettings.objects.create(agent="policy-checker", paused_reason="some day")
    paused = {
        agent["name"]: (agent["is_paused"], agent["paused_reason"])
        for agent in script.get("/api/v1/agents").json()["agents"]
    }
    assert paused == {
        "document-extractor": (False, None),
        "policy-checker": (False, None),
        "rehearsal": (True, "moving house"),
    }
    response = script.post("/api/v1/runs", {"agent": "rehearsal"})
    assert (response.status_code, response.json()["code"]) == (409, "agent_paused")


def test_paused_agent_says_by_whom_and_since_when(script: Script, operator: User) -> None:
    paused = pausing.pause("rehearsal", by=operator, reason="moving house")
    shown = script.get("/api/v1/agents/rehearsal").json()
    assert shown["paused_by"] == "operator"
    assert paused.paused_at is not None
    assert abs(datetime.fromisoformat(shown["paused_at"]) - paused.paused_at) < timedelta(milliseconds=2)


def test_unknown_agent_is_not_found(script: Script) -> None:
    response = script.get("/api/v1/agents/nobody")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_agent")


def test_policies_are_there_from_the_start_and_in_their_latest_version(script: Script) -> None:
    first = script.get("/api/v1/policies").json()["policies"]
    assert [policy["reference"] for policy in first] == ["contract-basics@1"]
    policies.publish(policies.resolve("contract-basics").source)
    second = script.get("/api/v1/policies").json()["policies"]
    assert [policy["reference"] for policy in second] == ["contract-basics@2"]
    assert set(second[0]) == {"name", "version", "reference", "title", "description", "created_at"}
