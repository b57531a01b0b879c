"""``/api/v1/agents`` and ``/api/v1/policies``: what can be run, and checked against."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from runs import pausing, policies, uploads
from runs.agents import AGENTS
from runs.agents.policies import bundled_policies
from runs.models import AgentEvent, AgentRun, AgentSettings, Policy, User
from runs.models.run import database_now
from tests import acting
from tests.api.scripts import Script, script_of


def test_agents_say_what_they_take_and_give(script: Script) -> None:
    listed = script.get("/api/v1/agents").json()["agents"]
    assert [agent["name"] for agent in listed] == list(AGENTS)
    for agent in listed:
        assert list(agent) == [
            *("name", "label", "description", "version", "package", "url"),
            *("is_held", "is_paused", "paused_reason", "paused_at", "paused_by", "usual"),
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
    assert [policy["reference"] for policy in first] == [f"{name}@1" for name in sorted(bundled_policies())]
    policies.publish(policies.resolve("contract-basics").source)
    second = script.get("/api/v1/policies").json()["policies"]
    assert second[0]["reference"] == "contract-basics@2"
    assert [policy["name"] for policy in second] == sorted(bundled_policies())
    assert set(second[0]) == {"name", "version", "reference", "title", "description", "url", "created_at", "note"}


def test_agents_say_how_long_they_usually_take(script: Script, owner: User) -> None:
    assert script.get("/api/v1/agents/rehearsal").json()["usual"] is None
    for _ in range(3):
        acting.completed(owner)
    usual = script.get("/api/v1/agents/rehearsal").json()["usual"]
    assert usual["run_count"] == 3
    assert 0 <= usual["median_seconds"] <= usual["slow_seconds"]


def test_operator_pauses_and_resumes_an_agent(operator: User, script: Script) -> None:
    theirs = script_of(operator)
    paused = theirs.post("/api/v1/agents/rehearsal/pause", {"reason": "moving house"})
    assert (paused.status_code, paused.json()["paused_reason"], paused.json()["paused_by"]) == (
        200,
        "moving house",
        "operator",
    )
    again = theirs.post("/api/v1/agents/rehearsal/pause", {"reason": "once more"})
    assert (again.status_code, again.json()["code"]) == (409, "agent_paused")
    assert script.post("/api/v1/runs", {"agent": "rehearsal"}).json()["code"] == "agent_paused"
    assert theirs.post("/api/v1/agents/rehearsal/resume").json()["is_paused"] is False
    assert theirs.post("/api/v1/agents/rehearsal/resume").json()["code"] == "agent_not_paused"
    assert [event.kind for event in AgentEvent.objects.order_by("id")] == ["paused", "resumed"]


def test_unknown_agent_is_paused_by_nobody(operator: User) -> None:
    response = script_of(operator).post("/api/v1/agents/nobody/pause", {"reason": "x"})
    assert (response.status_code, response.json()["code"]) == (404, "unknown_agent")


POLICY = {
    "name": "short-notes",
    "title": "Short notes",
    "rules": [{"id": "dated", "title": "A date", "kind": "require", "phrases": ["dated"]}],
}
YAML = """name: short-notes
title: Short notes
rules:
  - id: dated
    title: A date
    kind: require
    phrases: [dated]
"""


def test_policy_is_published_by_json_and_by_yaml(operator: User, script: Script) -> None:
    theirs = script_of(operator)
    first = theirs.post("/api/v1/policies", POLICY)
    second = theirs.send("/api/v1/policies", YAML.encode(), "application/yaml")
    assert [(made.status_code, made.json()["reference"]) for made in (first, second)] == [
        (201, "short-notes@1"),
        (201, "short-notes@2"),
    ]
    assert first.json()["rules"] == second.json()["rules"]
    assert second.json()["source"] == YAML
    assert second["Location"] == second.json()["url"]
    assert script.get(second["Location"]).json() == second.json() == script.get("/api/v1/policies/short-notes").json()
    assert script.get("/api/v1/policies/short-notes/versions/1").json() == first.json()
    listed = script.get("/api/v1/policies/short-notes/versions").json()
    assert [version["version"] for version in listed["versions"]] == [2, 1]
    assert Policy.objects.get(version=2).created_by == operator


def test_faults_of_a_policy_are_named_field_by_field(operator: User) -> None:
    rule = {"id": "dated", "title": "", "kind": "require", "phrases": ["dated"]}
    refused = script_of(operator).post("/api/v1/policies", {**POLICY, "rules": [rule], "titel": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "policy_refused")
    places = [error["loc"] for error in refused.json()["errors"]]
    assert ["body", "titel"] in places
    assert ["body", "rules", 0, "require", "title"] in places
    assert not Policy.objects.filter(name="short-notes").exists()


@pytest.mark.parametrize(
    ("body", "declared", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_json"),
        (b"name: x", "application/json", 400, "invalid_json"),
        (b"\xff", "application/yaml", 400, "unreadable"),
        (b"", "application/yaml", 422, "policy_refused"),
        (b"a: [", "application/yaml", 422, "policy_refused"),
        (b"- 1", "application/yaml", 422, "policy_refused"),
        (b"name: x", "text/plain", 415, "unsupported_media_type"),
    ],
)
def test_what_is_no_policy_is_refused(operator: User, body: bytes, declared: str, status: int, code: str) -> None:
    refused = script_of(operator).send("/api/v1/policies", body, declared)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_policy_written_from_an_older_version_is_refused(operator: User) -> None:
    theirs = script_of(operator)
    assert theirs.post("/api/v1/policies?based_on=0&note=First.", POLICY).json()["note"] == "First."
    late = theirs.post("/api/v1/policies?based_on=0", POLICY)
    assert (late.status_code, late.json()["code"]) == (409, "policy_moved_on")
    assert "Version 1 of 'short-notes' has been published by operator" in late.json()["detail"]
    assert theirs.post("/api/v1/policies?based_on=1", POLICY).status_code == 201


def test_policy_is_validated_fault_by_fault_without_being_published(operator: User) -> None:
    theirs = script_of(operator)
    valid = theirs.send("/api/v1/policies/validate", YAML.encode(), "application/yaml").json()
    assert (valid["is_valid"], valid["name"], valid["next_version"]) == (True, "short-notes", 1)
    broken = YAML.replace("phrases:", "phrase:").replace("name: short-notes", "name: Short")
    faults = theirs.send("/api/v1/policies/validate", broken.encode(), "application/yaml").json()
    assert not faults["is_valid"]
    assert [fault["line"] for fault in faults["faults"]] == [1, 7]
    assert faults["faults"][1]["sentence"] == "Line 7, rule 'dated', phrase: there is no such key here."
    assert not Policy.objects.filter(name="short-notes").exists()


def test_policy_is_tried_on_own_documents_alone(operator: User, owner: User) -> None:
    theirs = script_of(operator)
    own = uploads.keep(SimpleUploadedFile("a.txt", b"This note is dated and it is long enough."), operator)
    tried = theirs.send(f"/api/v1/policies/try?document={own.pk}", YAML.encode(), "application/yaml")
    assert (tried.status_code, tried.json()["verdict"]) == (200, "approved")
    assert not AgentRun.objects.exists()
    foreign = uploads.keep(SimpleUploadedFile("b.txt", b"This note is dated, too, and not theirs."), owner)
    refused = theirs.send(f"/api/v1/policies/try?document={foreign.pk}", YAML.encode(), "application/yaml")
    assert refused.status_code == 404


def test_changes_between_versions_are_told_rule_by_rule(operator: User, script: Script) -> None:
    policies.publish(YAML)
    policies.publish(YAML.replace("[dated]", "[signed]"))
    changes = script.get("/api/v1/policies/short-notes/changes").json()
    assert (changes["before"]["version"], changes["after"]["version"]) == (1, 2)
    assert [change["kind"] for change in changes["rules"]] == ["changed"]
    assert {"kind": "added"}.items() <= next(line for line in changes["lines"] if "signed" in line["text"]).items()
    assert script.get("/api/v1/policies/short-notes/changes?from=3").status_code == 404
    assert script.get("/api/v1/policies/short-notes/changes?from=x").status_code == 422


def test_bundled_policy_has_a_version_before_anybody_asked_for_it(script: Script) -> None:
    assert script.get("/api/v1/policies/contract-basics/versions/1").json()["reference"] == "contract-basics@1"


@pytest.mark.parametrize(
    "path", ["nobody", "nobody/versions", "contract-basics/versions/2", "contract-basics/versions/2147483647"]
)
def test_unknown_policy_is_not_found(script: Script, path: str) -> None:
    assert script.get(f"/api/v1/policies/{path}").status_code == 404


def test_versions_are_read_page_by_page(script: Script) -> None:
    Policy.objects.bulk_create(
        Policy(name="much-changed", version=version, title="x", source="x", rules=[]) for version in range(1, 121)
    )
    seen, cursor = [], ""
    for size in (50, 50, 20):
        page = script.get("/api/v1/policies/much-changed/versions", cursor=cursor).json()
        assert len(page["versions"]) == size
        seen += [version["version"] for version in page["versions"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert seen == list(range(120, 0, -1))
