"""How a document writes: its language, its decimal separator, its order of day and month, its currency.

All of it is told from evidence in the document, never from where the server stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runs.agents.extraction.amounts import CURRENCIES, CURRENCY_MENTION
from runs.agents.extraction.dates import find_numeric_dates
from runs.documents.languages import guess_language

_DECIMAL_COMMA = frozenset(("de", "fr", "nl", "es", "it"))
_AMERICAN = re.compile(r"\b(?:[A-Z]{2} \d{5}(?:-\d{4})?|U\.?S\.?A\.?|United States|Inc\.?|LLC|Sales Tax)\b")
_NOT_AMERICAN = re.compile(
    r"£|₹|\b(?:VAT|GST|GSTIN|ABN|Ltd|Limited|Pty|United Kingdom|India|Australia|Ireland|Singapore|GBP|INR|AUD"
    r"|NZD|EUR)\b"
)
_SPACED_AMOUNT = re.compile(rf"(?<![a-z])(?:{CURRENCY_MENTION.pattern})\s?\d{{1,3}}(?: \d{{3}})+[.,]\d\d(?!\d)")
_SPACED_CELL = re.compile(r"(?:[^\d:]*: ?)?\D{0,5}\d{1,3}(?: \d{3})+[.,]\d\d\D{0,6}")
_DOTTED_CELL = re.compile(r"(?:[^\d:]*: ?)?\D{0,5}\d{1,3}(?:[.,']\d{3})+(?:[.,]\d\d)?\D{0,6}")
_EVIDENCE_SIZE = 200_000


@dataclass(frozen=True, slots=True)
class Conventions:
    """A document's habits. ``currency`` is None where none is mentioned."""

    language: str | None
    decimal: str
    day_first: bool
    day_first_is_certain: bool
    spaced_thousands: bool
    currency: str | None


def conventions_of(texts: Iterable[str]) -> Conventions:
    """Tell the habits of a document from its pages, given in their own case and accents folded away."""
    text = "\n".join(texts)[:_EVIDENCE_SIZE]
    folded = text.lower()
    language = guess_language(folded)
    decimal, spaced = _numbers(folded, language)
    currency = _currency(folded)
    day_first, certain = _order(text, folded, language, currency)
    return Conventions(language, decimal, day_first, certain, spaced, currency)


def with_cells(conventions: Conventions, cells: Iterable[str]) -> Conventions:
    """Look again, cell by cell, whether a space separates thousands: in a line of text it may part two numbers."""
    if conventions.spaced_thousands:
        return conventions
    spaced = other = 0
    for cell in cells:
        spaced += bool(_SPACED_CELL.fullmatch(cell))
        other += bool(_DOTTED_CELL.fullmatch(cell))
    return replace(conventions, spaced_thousands=spaced > other)


def _numbers(folded: str, language: str | None) -> tuple[str, bool]:
    """Tell the decimal separator, and whether a space separates thousands."""
    comma = len(re.findall(r"(?<![\d.,])\d{1,3}(?:[. ']\d{3})*,\d{2}(?![\d.,])", folded))
    comma += 3 * len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+,\d{2}(?!\d)", folded))
    point = len(re.findall(r"(?<![\d.,])\d{1,3}(?:[, ']\d{3})*\.\d{2}(?![\d.,])", folded))
    point += 3 * len(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{2,3})+\.\d{2}(?!\d)", folded))
    decimal = "," if comma > point or (comma == point and language in _DECIMAL_COMMA) else "."
    dotted = re.search(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{2})?(?![\d.,])", folded)
    return decimal, bool(_SPACED_AMOUNT.search(folded)) or (language in ("fr", "es", None) and not dotted)


def _currency(folded: str) -> str | None:
    beside = re.compile(rf"(?:({CURRENCY_MENTION.pattern})\s?[\d-]|\d\s?({CURRENCY_MENTION.pattern}))")
    counts = Counter(CURRENCIES[found[1] or found[2]] for found in beside.finditer(folded))
    if not counts:
        counts = Counter(
            CURRENCIES[found[0]] for found in CURRENCY_MENTION.finditer(folded) if found[0] not in ("rs",)
        )
    if not counts:
        return None
    best = counts.most_common(1)[0][0]
    if best == "USD" and "usd" not in folded and "us$" not in folded:
        # A bare dollar sign belongs to whichever dollar the document names.
        for code in ("CAD", "AUD", "NZD", "HKD", "SGD", "MXN"):
            if re.search(rf"\b{code.lower()}\b", folded):
                return code
    return best


def _order(text: str, folded: str, language: str | None, currency: str | None) -> tuple[bool, bool]:
    """Tell whether days come before months, and whether a date of the document proves it."""
    votes = 0
    for first, second, separator in find_numeric_dates(folded):
        if first > 12 >= second:
            votes += 1
        elif second > 12 >= first:
            votes -= 1
        elif separator == ".":
            votes += 1
    if votes:
        return votes > 0, True
    if language not in ("en", None):
        return True, True
    american = len(_AMERICAN.findall(text)) + (currency == "USD") * 2
    return american <= len(_NOT_AMERICAN.findall(text)), False
