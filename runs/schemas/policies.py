"""What documents can be checked against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ninja import Schema
from pydantic import Field

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
