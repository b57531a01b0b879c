"""Two runs, value by value."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from runs.schemas.runs import RunBrief

RowState = Literal["same", "other_evidence", "changed", "only_left", "only_right"]


class SideShape(Schema):
    """A value as one of the runs has it, for people; long ones are cut."""

    text: str
    explanation: str = Field(description="Of a policy's rule: why it ended so.")
    page: int | None
    quote: str = Field(description="What the document says there.")


class RowShape(Schema):
    """A value of both runs, or of one."""

    name: str = Field(description="Its name in the output; of other JSON than fields and findings, its path.")
    label: str
    state: RowState = Field(description="other_evidence: the same value, from another place of the document.")
    left: SideShape | None
    right: SideShape | None
    stability: str = Field(description="How often the value has changed lately, where that is known.")


class GroupShape(Schema):
    """Values that belong together."""

    title: str
    rows: list[RowShape]


class ComparisonShape(Schema):
    """What is the same and what is not, dates, amounts and white space evened out."""

    left: RunBrief
    right: RunBrief
    is_of_one_document: bool
    counts: dict[RowState, int] = Field(description="How many values are in each state.")
    groups: list[GroupShape]
    is_cut: bool = Field(description="Whether there are more values than are listed.")
