"""Many runs at once: which, and what became of them."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.schemas.runs import StopRequest
from runs.selections import MOST_AT_ONCE, Verb


class SelectionRequest(StopRequest):
    """Which runs, where they are not said by parameters, and why."""

    runs: list[UUID] | None = Field(None, min_length=1, max_length=MOST_AT_ONCE, description="Their ids.")


class RefusalCount(Schema):
    """A reason why not, and of how many runs."""

    sentence: str
    count: int


class OutcomeShape(Schema):
    """What became of them."""

    verb: Verb
    chosen_count: int = Field(description="How many runs were meant.")
    has_more: bool = Field(description="Whether there were more than are done at once: ask again for the others.")
    done_count: int
    refusals: list[RefusalCount]
