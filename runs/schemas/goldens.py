"""Golden documents: verified results that later versions must still give."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.models import Golden
from runs.models.golden import LONGEST_NOTE
from runs.schemas.base import Moment, Request
from runs.schemas.documents import DocumentBrief


class PinRequest(Request):
    """Why a verified result is one to hold later versions to."""

    note: str = Field("", max_length=LONGEST_NOTE, description="What makes it worth keeping.")


class GoldenShape(Schema):
    """A pinned run, and what the last check found."""

    run: UUID = Field(examples=["0f0ea0d8-5e9c-4b3e-9f9c-9b7f0d4a1c52"])
    agent: str = Field(examples=["document-extractor"])
    document: DocumentBrief | None
    note: str = Field(examples=["All of its values were compared with the paper."])
    pinned_at: Moment
    pinned_by: str | None = Field(examples=["operator"])
    expected_version: str = Field(description="The agent's version that gave what is expected.", examples=["2.0.0"])
    checked_at: Moment | None
    checked_version: str = Field(description="Empty before the first check.", examples=["2.1.0"])
    is_kept: bool = Field(description="Whether the last check found what is expected.", examples=[True])
    change_count: int = Field(examples=[0])
    changes: list[dict[str, Any]] = Field(
        description="What differs, 100 values at most: each with its `name`, `label`, and how it was (`left`) and is "
        "(`right`).",
        examples=[[]],
    )
    fault: str = Field(description="Why the last check was not answered at all.", examples=[""])

    @staticmethod
    def resolve_run(golden: Golden) -> UUID:
        return golden.run_id

    @staticmethod
    def resolve_agent(golden: Golden) -> str:
        return golden.run.agent

    @staticmethod
    def resolve_document(golden: Golden) -> Any:
        return golden.run.document

    @staticmethod
    def resolve_pinned_by(golden: Golden) -> str | None:
        return golden.pinned_by.get_username() if golden.pinned_by else None


class GoldenList(Schema):
    goldens: list[GoldenShape]
