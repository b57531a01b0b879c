"""Values a document may mean, before one is chosen for each field."""

from __future__ import annotations

from dataclasses import dataclass

from runs.agents.extraction.fields import LABELS, Field, FieldType, Source
from runs.agents.extraction.rows import Spot
from runs.documents import find_quote

VERIFIED_SCORE = 0.95
"""Found again but for its form: white space, hyphens, case."""

RELATION_WEIGHTS = {"inside": 1.0, "right": 0.98, "below": 0.9}
"""How much a value's place beside its label counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A value in normal form, the field it may belong to, and how sure that is (0 to 1)."""

    name: str
    type: FieldType
    value: str
    spot: Spot
    confidence: float
    currency: str | None = None
    source: Source = "pattern"


def field_of(candidate: Candidate) -> Field:
    """Make the field a candidate becomes when it is chosen, its quote found again on the page."""
    spot = candidate.spot
    page = spot.sheet.page
    quote = spot.quote
    match = find_quote(page, quote)
    box = spot.box
    return Field(
        name=candidate.name,
        label=LABELS[candidate.name],
        value=spot.raw,
        normalised=candidate.value,
        type=candidate.type,
        currency=candidate.currency,
        page=page.number,
        quote=quote,
        confidence=round(min(max(candidate.confidence, 0.0), 1.0), 2),
        source=candidate.source,
        boxes=[] if box is None else [(box.left, box.top, box.right, box.bottom)],
        grounding="not_found" if match is None else "verified" if match.score >= VERIFIED_SCORE else "fuzzy",
    )
