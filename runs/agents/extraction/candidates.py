"""Values a document may mean, before one is chosen for each field."""

from __future__ import annotations

from collections.abc import Sequence
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
    more: tuple[Spot, ...] = ()
    """Further lines of the value, where it has several."""

    @property
    def spots(self) -> tuple[Spot, ...]:
        """All the stretches of the value, from the top."""
        return (self.spot, *self.more)


def field_of(candidate: Candidate) -> Field:
    """Make the field a candidate becomes when it is chosen, its quote found again on the page."""
    spots = candidate.spots
    page = candidate.spot.sheet.page
    quotes = [_whole_quote(spots)] if _whole_quote(spots) else [spot.quote for spot in spots]
    matches = [find_quote(page, quote) for quote in quotes]
    scores = [0.0 if match is None else match.score for match in matches]
    return Field(
        name=candidate.name,
        label=LABELS[candidate.name],
        value="\n".join(spot.raw for spot in spots),
        normalised=candidate.value,
        type=candidate.type,
        currency=candidate.currency,
        page=page.number,
        quote=quotes[0],
        confidence=round(min(max(candidate.confidence, 0.0), 1.0), 2),
        source=candidate.source,
        boxes=[(box.left, box.top, box.right, box.bottom) for spot in spots if (box := spot.box) is not None],
        grounding="not_found" if not min(scores) else "verified" if min(scores) >= VERIFIED_SCORE else "fuzzy",
    )


def _whole_quote(spots: Sequence[Spot]) -> str:
    """Give the text from the first to the last line of a value where nothing else stands between; else nothing."""
    if len(spots) == 1:
        return spots[0].quote
    text = spots[0].sheet.page.text
    start = spots[0].words[0].start
    last = spots[-1].words[-1]
    quote = text[start : last.start + len(last.text)]
    said = "".join("".join(word.text for word in spot.words) for spot in spots)
    return quote if "".join(quote.split()) == said else ""
