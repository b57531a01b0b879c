"""What documents can be checked against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from runs.agents.policies import Finding, Status, Verdict
from runs.models import Policy
from runs.schemas.base import Moment, link


class PolicyShape(Schema):
    """A version of a policy."""

    name: str = Field(examples=["contract-basics"])
    version: int = Field(examples=[1])
    reference: str = Field(
        description="The name with the version: pass it as an input's policy to pin the version.",
        examples=["contract-basics@1"],
    )
    title: str = Field(examples=["Contract basics"])
    description: str = Field(examples=["What every contract should say."])
    url: str = Field(examples=["https://agents.example/api/v1/policies/contract-basics/versions/1"])
    created_at: Moment
    note: str = Field(description="What has changed and why.", examples=["Payment within 45 days."])

    @staticmethod
    def resolve_reference(policy: Policy) -> str:
        return policy.reference

    @staticmethod
    def resolve_url(policy: Policy, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_policy_version", policy.name, policy.version)


class PolicyDetail(PolicyShape):
    """A version with what it demands."""

    rules: list[dict[str, Any]] = Field(
        description="As docs/policies.md describes them.",
        examples=[[{"id": "has-date", "title": "A date", "kind": "require", "phrases": ["dated"]}]],
    )
    source: str = Field(description="The YAML or JSON it was written as.", examples=["name: contract-basics\n…"])


class PolicyList(Schema):
    policies: list[PolicyShape]


class PolicyVersions(Schema):
    versions: list[PolicyShape]
    next_cursor: str | None = Field(description="Leads to older versions; null on the last page.", examples=[None])


class PolicyFault(Schema):
    """What is wrong with a policy, and where."""

    line: int | None = Field(description="Counted from 1; null where no line is at fault.", examples=[12])
    sentence: str = Field(examples=["Line 12, rule 'term', titel: there is no such key here."])


class PolicyCheck(Schema):
    """Whether a policy could be published, and as what."""

    is_valid: bool
    faults: list[PolicyFault]
    name: str | None = Field(None, examples=["contract-basics"])
    title: str | None = Field(None, examples=["Contract basics"])
    next_version: int | None = Field(None, examples=[2])


class PolicyTrial(Schema):
    """How a document stands against a policy, as a run would say."""

    verdict: Verdict
    pages: int = Field(examples=[3])
    counts: dict[Status, int]
    warnings: list[str]
    findings: list[Finding]


class PolicyKeyChange(Schema):
    """A key that is written otherwise; of lists what has gone and come."""

    key: str = Field(examples=["value"])
    before: str = Field(examples=["60"])
    after: str = Field(examples=["45"])


class PolicyRuleChange(Schema):
    """A rule that has come, gone or changed."""

    rule: str = Field(examples=["payment-days"])
    title: str = Field(examples=["Invoices are due within 60 days"])
    kind: Literal["added", "removed", "changed"]
    sentence: str = Field(
        description="The rule in words, as it is now or was last.", examples=["The value must be at most 45."]
    )
    keys: list[PolicyKeyChange]


class PolicyLine(Schema):
    """A line of both texts; a gap where equal lines are left out."""

    kind: Literal["kept", "added", "removed", "gap"]
    text: str = Field(examples=["    value: 45"])


class PolicyChanges(Schema):
    """What differs between two versions of a policy."""

    before: PolicyShape
    after: PolicyShape
    head: list[PolicyKeyChange] = Field(description="Of the title, the name and the description.")
    rules: list[PolicyRuleChange]
    unchanged: int = Field(description="How many rules are the same.", examples=[14])
    order: bool = Field(description="Whether the rules stand in another order.")
    lines: list[PolicyLine] = Field(description="The texts, line by line, around what differs.")
