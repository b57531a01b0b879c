"""What a model says of a field, held against the document without any model."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from runs.agents.extraction.amounts import find_amounts, parse_number, write_amount
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.dates import find_dates
from runs.agents.extraction.fields import Field, FieldType, Grounding
from runs.agents.extraction.rows import fold
from runs.documents import Match, Page, find_quote

WantedType = Literal["text", "number", "amount", "date", "boolean", "list"]

SURE: Final = 0.85
"""The most that is given to a model's value: its mistakes are well quoted, too."""
NEARLY: Final = 0.6
UNPROVEN: Final = 0.4
UNFOUND: Final = 0.1
VERIFIED_SCORE: Final = 0.97
STANDS_SCORE: Final = 0.95
YES: Final = frozenset(("yes", "true", "ja", "oui", "sí", "si", "1"))
NO: Final = frozenset(("no", "false", "nein", "non", "nee", "0"))
FIELD_TYPES: Final[dict[WantedType, FieldType]] = {
    "text": "text",
    "number": "number",
    "amount": "amount",
    "date": "date",
    "boolean": "text",
    "list": "text",
}
_NUMBER = re.compile(r"[-−]?\d[\d.,' \u00a0\u202f]*\d|[-−]?\d")


@dataclass(frozen=True, slots=True)
class Claim:
    """A model's word: the value, and the words of the document that state it."""

    name: str
    label: str
    type: WantedType
    value: str
    quote: str
    page: int


def grounded(claim: Claim, pages: Sequence[Page], conventions: Conventions) -> Field:
    """The claim as a field, with what the document bears out of it.

    ``verified``: the quote stands there, and the value in the quote. ``fuzzy``: the quote
    stands there nearly, or the value is not in it. ``not_found``: it stands nowhere.
    """
    match = _place(claim, pages)
    normalised, currency = _normalised(claim, conventions)
    is_shown = normalised is not None and stands_in(claim, normalised, conventions)
    grounding, confidence = _judged(match, is_shown, is_exact=match is not None and match.score >= VERIFIED_SCORE)
    page = match.page if match is not None else min(max(claim.page, 1), len(pages))
    return Field(
        name=claim.name,
        label=claim.label,
        value=claim.value,
        normalised=normalised if normalised is not None else claim.value,
        currency=currency,
        type=FIELD_TYPES[claim.type],
        page=page,
        quote=claim.quote,
        boxes=[(box.left, box.top, box.right, box.bottom) for box in match.boxes] if match is not None else [],
        confidence=confidence,
        source="model",
        grounding=grounding,
    )


def _judged(match: Match | None, is_shown: bool, *, is_exact: bool) -> tuple[Grounding, float]:
    if match is None:
        return "not_found", UNFOUND
    if not is_shown:
        return "fuzzy", UNPROVEN
    return ("verified", SURE) if is_exact else ("fuzzy", NEARLY)


def _place(claim: Claim, pages: Sequence[Page]) -> Match | None:
    """Where the quote stands: on the page the model names, else wherever it stands best."""
    named = [page for page in pages if page.number == claim.page]
    others = [page for page in pages if page.number != claim.page]
    best: Match | None = None
    for page in (*named, *others):
        match = find_quote(page, claim.quote)
        if match is not None and match.score >= VERIFIED_SCORE:
            return match
        if match is not None and (best is None or match.score > best.score):
            best = match
    return best


def _normalised(claim: Claim, conventions: Conventions) -> tuple[str | None, str | None]:
    """The value for machines and its currency; None where it is none of its type."""
    text = claim.value.strip()
    match claim.type:
        case "number":
            number = _plain_number(text)
            return (None if number is None else f"{number:f}"), None
        case "amount":
            found = find_amounts(fold(text), decimal=conventions.decimal, spaced=True)
            amount = _plain_number(text) if _is_plain(text) else found[0].value if found else None
            currency = next((each.currency for each in found if each.currency), None)
            if currency is None and amount is not None:
                currency = _currency_in(claim.quote, amount, conventions)
            return (None if amount is None else write_amount(amount)), currency
        case "date":
            date = _iso(text) or next(iter(_dates(text, conventions)), None)
            return (None if date is None else date.isoformat()), None
        case "boolean":
            word = text.casefold().strip(".")
            return ("yes" if word in YES else "no" if word in NO else None), None
        case _:
            return text, None


def stands_in(claim: Claim, normalised: str, conventions: Conventions) -> bool:
    """Whether the value stands in the words quoted for it. A yes or no never does: there the quote has to be read."""
    match claim.type:
        case "number" | "amount":
            wanted = abs(Decimal(normalised))
            return any(abs(each) == wanted for each in _numbers(claim.quote))
        case "date":
            both = (conventions.day_first, not conventions.day_first)
            folded = fold(claim.quote)
            found = [each for day_first in both for each in find_dates(folded, day_first=day_first)]
            return any(normalised in (each.date.isoformat(), each.other and each.other.isoformat()) for each in found)
        case "boolean":
            return True
        case _:
            match = find_quote(Page(1, claim.quote), claim.value)
            return match is not None and match.score >= STANDS_SCORE


def _numbers(text: str) -> Iterator[Decimal]:
    """All readings of all numbers in a text: as a point or as a comma is decimal, whole or in groups."""
    for found in _NUMBER.finditer(text):
        for part in (found[0], *re.split(r"\s", found[0])):
            digits = re.sub(r"[\s−-]", "", part).strip(".,'")
            for decimal in (".", ","):
                value, _ = parse_number(digits, decimal) if digits else (None, 0)
                if value is not None:
                    yield value


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"-?\d+(?:\.\d+)?", text) is not None


def _plain_number(text: str) -> Decimal | None:
    if _is_plain(text):
        return Decimal(text)
    found = _NUMBER.search(text)
    value, _ = parse_number(found[0].lstrip("-−"), ".") if found else (None, 0)
    return -value if value is not None and found is not None and found[0][0] in "-−" else value


def _currency_in(quote: str, amount: Decimal, conventions: Conventions) -> str | None:
    found = find_amounts(fold(quote), decimal=conventions.decimal, spaced=conventions.spaced_thousands)
    return next((each.currency for each in found if each.currency and abs(each.value) == abs(amount)), None)


def _iso(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _dates(text: str, conventions: Conventions) -> list[datetime.date]:
    return [each.date for each in find_dates(fold(text), day_first=conventions.day_first)]
