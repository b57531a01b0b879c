"""What judging a document by a policy gives, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from runs.documents import Box

Severity = Literal["mandatory", "advisory"]
Status = Literal["pass", "fail", "needs_review", "not_applicable"]

MAX_EVIDENCE = 10


class Evidence(BaseModel):
    """A place in the document that shows why. Boxes are left, top, right, bottom in points."""

    page: int
    quote: str
    boxes: list[Box]


class Finding(BaseModel):
    """How one rule ended. ``evidence`` holds at most ten places, ``evidence_count`` counts them all."""

    rule: str
    title: str
    severity: Severity
    status: Status
    explanation: str = Field(description="One sentence for people: what was looked for and what was found.")
    why: str
    remedy: str
    evidence: list[Evidence]
    evidence_count: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """A finding without what the rule itself says. ``count``: the places found, of which ``evidence`` shows some."""

    status: Status
    explanation: str
    evidence: Sequence[Evidence] = ()
    count: int = 0


class Undecided(Exception):
    """A rule that a person must decide. The text is the sentence for them."""
