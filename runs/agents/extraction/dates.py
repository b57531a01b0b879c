"""Dates as people write them in nine languages, normalised to YYYY-MM-DD.

The months are a table of our own: dateparser guesses where a document's own habits
decide, costs more than 100 ms to import, and finds dates in numbers that are none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

_MONTHS = (
    "january jan januar janner janvier janv januari enero ene gennaio gen janeiro styczen stycznia",
    "february feb februar fevrier fevr fev februari febrero febbraio febr fevereiro luty lutego",
    "march mar marz maerz mrz mars maart mrt marzo marco marzec marca",
    "april apr avril avr abril abr aprile kwiecien kwietnia",
    "may mai mei mayo maggio mag maio maj maja",
    "june jun juni juin junio giugno giu junho czerwiec czerwca",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca",
    "august aug aout augustus agosto ago augusti sierpien sierpnia",
    "september sept sep septembre septiembre setiembre settembre set setembro wrzesien wrzesnia",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika",
    "november nov novembre noviembre novembro listopad listopada",
    "december dec dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|°|\.)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})(?![\d,.]\d|\d)"
_OF = r"(?:\s*(?:of|de|del|di)\s+|\s*[-/.,]\s*|\s*)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        (
            r"(?<![\d./-])(?P<year>(?:19|20)\d\d)(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})"
            r"(?=t\d|(?![\d\w]|[./-]\d))"
        ),
        (
            r"(?:(?<![\d.,/-])"
            r"|(?<=\d-)(?=\d{1,2}[./]))(?P<first>\d{1,2})\s?(?P<separator>[./-])\s?(?P<second>\d{1,2})\s?(?P=separator)\s?"
            r"(?P<year>(?:19|20)\d\d|\d{2})(?![\d\w]|[./]\d|-\d{3})"
        ),
        rf"\b{_MONTH}\s*{_DAY}\s*,?\s*(?P<year>(?:19|20)\d\d)(?!\d)",
        rf"(?<![\d.,/:-]){_DAY}{_OF}{_MONTH}{_OF}{_YEAR}",
        rf"(?<![\d.,/-])(?P<year>\d{{4}})\s*[-/. ]\s*{_MONTH}\s*[-/. ]\s*(?P<day>\d{{1,2}})(?!\d)",
        r"(?<![\d./-])(?P<year>(?:19|20)\d\d)年\s?(?P<month>\d{1,2})月\s?(?P<day>\d{1,2})日",
    )
)


class DateFound(NamedTuple):
    """A date in a text. ``other`` is what it would be with day and month exchanged."""

    start: int
    end: int
    date: datetime.date
    other: datetime.date | None = None


class NumericDate(NamedTuple):
    """Two numbers and a year, whose order a document's habits tell."""

    first: int
    second: int
    separator: str


def find_dates(folded: str, *, day_first: bool) -> list[DateFound]:
    """Find the dates in a folded text, from left to right, none overlapping."""
    found: list[DateFound] = []
    if not any(character.isdigit() for character in folded):
        return found
    for pattern in _PATTERNS:
        for match in pattern.finditer(folded):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            date = _date(match, day_first)
            if date is not None:
                found.append(DateFound(match.start(), match.end(), *date))
    return sorted(found)


def find_numeric_dates(folded: str) -> Iterator[NumericDate]:
    """Give the dates whose order of day and month is open, for the habits of a document."""
    for match in _PATTERNS[1].finditer(folded):
        yield NumericDate(int(match["first"]), int(match["second"]), match["separator"])


def _date(match: re.Match[str], day_first: bool) -> tuple[datetime.date, datetime.date | None] | None:
    parts = match.groupdict()
    year_text = parts["year"].lstrip("'")
    year = int(year_text) if len(year_text) == 4 else _century(int(year_text))
    if parts.get("first"):
        first, second = parts["first"], parts["second"]
        if len(year_text) == 2 and parts["separator"] != "/" and not len(first) == len(second) == 2:
            return None  # 4.2.11 is a section far more often than a day
        straight = _calendar(year, int(second), int(first))
        turned = _calendar(year, int(first), int(second))
        preferred, other = (straight, turned) if day_first else (turned, straight)
        if preferred is None:
            preferred, other = other, None
        return None if preferred is None else (preferred, other if other != preferred else None)
    month = MONTHS.get(parts["month"]) or int(parts["month"])
    date = _calendar(year, month, int(parts["day"]))
    return None if date is None else (date, None)


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


def _calendar(year: int, month: int, day: int) -> datetime.date | None:
    if not 1900 <= year <= 2199:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
