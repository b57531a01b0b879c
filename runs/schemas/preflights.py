"""What is known of an input before a run takes the slot."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.schemas.agents import UsualShape
from runs.schemas.base import Moment, Request
from runs.schemas.documents import DocumentBrief


class PreflightRequest(Request):
    """What a run would be given."""

    input: dict[str, Any] = Field({}, description="What the agent's input_schema asks for.")


class DocumentFacts(Schema):
    """What a look at the document has found; all but the kind and the size is null where it came to nothing."""

    kind: str = Field(description="What the content is, in words.", examples=["PDF"])
    size: int = Field(description="In bytes.")
    pages: int | None = Field(description="Null for kinds without pages, too.")
    text: Literal["text", "mixed", "pictures"] | None = Field(
        description="Whether the pages hold text, or some or all that were looked at are only pictures."
    )
    language: str | None = Field(description="As ISO 639-1 has it, as far as it could be guessed.", examples=["en"])
    is_encrypted: bool | None


class EarlierRun(Schema):
    """A completed run of yours on the same document and input."""

    id: UUID
    url: str
    summary: str
    completed_at: Moment


class PreflightShape(Schema):
    """What can be told of a run before it is triggered."""

    agent: str
    document: DocumentBrief | None = Field(description="Null where the run would work on the sample.")
    facts: DocumentFacts | None
    refusal: str | None = Field(description="Why no run on the document can end well, where that is known.")
    usual: UsualShape | None = Field(description="How long the agent usually takes; null below three completed runs.")
    earlier_run: EarlierRun | None = Field(description="The latest that has this result already.")
