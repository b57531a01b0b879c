"""What documents can be checked against."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from runs.models import Policy
from runs.schemas.base import Moment


class PolicyShape(Schema):
    """The latest version of a policy."""

    name: str
    version: int
    reference: str = Field(description="The name with the version: pass it as an input's policy to pin the version.")
    title: str
    description: str
    created_at: Moment

    @staticmethod
    def resolve_reference(policy: Policy) -> str:
        return policy.reference


class PolicyList(Schema):
    policies: list[PolicyShape]
