"""What judging a document by a policy gives, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, Field

from runs.documents import Box

Severity = Literal["mandatory", "advisory"]
Status = Literal["pass", "fail", "needs_review", "not_applicable", "not_evaluated"]
Verdict = Literal["approved", "rejected", "needs_review"]

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


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Sum up, by the mandatory rules alone: one that failed rejects, else one that nobody has decided needs review.

    A rule is undecided when it needs review, and when it was not evaluated.
    """
    ends = {finding.status for finding in findings if finding.severity == "mandatory"}
    if "fail" in ends:
        return "rejected"
    return "needs_review" if ends & {"needs_review", "not_evaluated"} else "approved"


def counts(findings: Iterable[Finding]) -> dict[Status, int]:
    """How many rules ended each way, every way named."""
    counted: dict[Status, int] = dict.fromkeys(get_args(Status), 0)
    for finding in findings:
        counted[finding.status] += 1
    return counted


class Undecided(Exception):
    """A rule that a person must decide. The text is the sentence for them."""
