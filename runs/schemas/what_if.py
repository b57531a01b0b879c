"""What another policy would have found in the last runs."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.schemas.base import Moment
from runs.what_if import ChangedRun, Outcome


class RuleChangeShape(Schema):
    """A rule that would end otherwise."""

    rule: str = Field(examples=["payment-days"])
    before: str | None = Field(description="Null where the run had no such rule.", examples=["pass"])
    after: str | None = Field(description="Null where the policy has it no more.", examples=["fail"])


class ChangedRunShape(Schema):
    """A run whose verdict, or one of whose rules, would be another. Nothing of what its document says."""

    id: UUID
    created_at: Moment
    document: str | None = Field(description="The document's name; null for the sample.", examples=["contract.pdf"])
    before: str = Field(examples=["approved"])
    after: str = Field(examples=["rejected"])
    rules: list[RuleChangeShape]

    @staticmethod
    def resolve_id(changed: ChangedRun) -> UUID:
        return changed.run.pk

    @staticmethod
    def resolve_created_at(changed: ChangedRun) -> Moment:
        return changed.run.created_at

    @staticmethod
    def resolve_document(changed: ChangedRun) -> str | None:
        return changed.run.document.name if changed.run.document else None


class WhatIf(Schema):
    """What would change."""

    name: str = Field(examples=["contract-basics"])
    sentence: str = Field(examples=["17 of 420 verdicts would change."])
    judged: int = Field(description="Runs that could be judged again.", examples=[420])
    verdicts_changed: int = Field(examples=[17])
    without_facts: int = Field(description="Runs that have kept nothing to be judged by.", examples=[0])
    unjudged: int = Field(description="Runs for which the time or their facts did not suffice.", examples=[0])
    changed: list[ChangedRunShape]

    @staticmethod
    def resolve_name(outcome: Outcome) -> str:
        return outcome.policy.name
