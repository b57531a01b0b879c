"""The values of a document that rules compare: extracted ones, counts, and what patterns catch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import regex

from runs.agents.extraction.fields import Field
from runs.agents.policies.expressions import Quantity, Span
from runs.agents.policies.expressions import Value as Calculated
from runs.agents.policies.fields import TODAY
from runs.agents.policies.findings import Evidence, Undecided
from runs.agents.policies.operands import Operand, read_constant
from runs.agents.policies.patterns import SearchBudget, pattern
from runs.agents.policies.subject import Subject
from runs.documents import Box

MIN_CONFIDENCE = 0.5

_DAY_IN_FIGURES = regex.compile(r"(\d{1,4})(?P<sign>[-/.])(?P<middle>\d{1,2})(?P=sign)\d{1,4}")
_ISO_DURATION = regex.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?")
_CALCULABLE = ("date", "amount", "number", "percent", "duration")


@dataclass(frozen=True, slots=True)
class Value:
    """One side of a comparison. ``text`` is how people see it; ``doubt`` why it can not be relied on."""

    text: str
    operand: Operand
    currency: str | None = None
    evidence: Evidence | None = None
    doubt: str = ""


class MissingValue(Exception):
    """The document has no value of a name that a calculation needs. The text is the name."""


def caught_values(wording: str, case_sensitive: bool, subject: Subject, budget: SearchBudget) -> list[Value]:
    """Return what the first group of a pattern catches."""
    return [
        Value(spot.group, _operand_of(spot.group), evidence=subject.transcript.evidence(spot))
        for spot in subject.transcript.find(pattern(wording, case_sensitive), budget)
        if spot.group
    ]


def field_values(name: str, subject: Subject) -> list[Value]:
    """Return the values of a field, of all fields of a type, or a count."""
    counted = _counted(name, subject)
    if counted is not None:
        return [Value(f"{counted:,} {name}", Decimal(counted))]
    return [_field_value(field) for field in subject.fields_named(name)]


def the_value(name: str, subject: Subject) -> Value:
    """Return the one value of a field.

    Raises ``MissingValue``, and ``Undecided`` where there are several, or one in doubt.
    """
    found = field_values(name, subject)
    if not found:
        raise MissingValue(name)
    if len({(each.operand, each.currency) for each in found}) > 1:
        raise Undecided(f"The document has several values for {spoken(name)}, which to compare with is open.")
    if found[0].doubt:
        raise Undecided(found[0].doubt)
    return found[0]


def calculable(name: str, subject: Subject) -> Calculated:
    """Return the one value of a name to calculate with. Raises as ``the_value`` does."""
    if name == TODAY:
        return subject.today
    value = the_value(name, subject)
    if isinstance(value.operand, str):
        raise Undecided(f'"{value.text}" is nothing to calculate with.')
    return Quantity(value.operand, value.currency) if isinstance(value.operand, Decimal) else value.operand


def field_evidence(field: Field) -> Evidence:
    """Return where a field was read."""
    return Evidence(
        page=field.page, quote=" ".join(field.quote.split())[:300], boxes=[Box(*box) for box in field.boxes]
    )


def spoken(name: str | None) -> str:
    """Say a field's name as people do."""
    return (name or "").replace("_", " ")


def _counted(name: str, subject: Subject) -> int | None:
    match name:
        case "pages":
            return len(subject.reading.pages)
        case "words":
            return len(subject.transcript.text.split())
        case "fields":
            return len(subject.fields)
        case _:
            return None


def _field_value(field: Field) -> Value:
    text = f"{field.normalised} {field.currency}" if field.currency else field.normalised
    doubt = (
        f"The value {text} on page {field.page} was read with little confidence."
        if field.confidence < MIN_CONFIDENCE
        else ""
    )
    return Value(text, _operand_in(field), field.currency, field_evidence(field), doubt)


def _operand_in(field: Field) -> Operand:
    if field.type not in _CALCULABLE:
        return field.normalised
    duration = _ISO_DURATION.fullmatch(field.normalised) if field.type == "duration" else None
    if duration:
        years, months, weeks, days = (int(count or 0) for count in duration.groups())
        return Span(days=7 * weeks + days, months=12 * years + months)
    operand = read_constant(field.normalised)
    return operand / 100 if field.type == "percent" and isinstance(operand, Decimal) else operand


def _operand_of(text: str) -> Operand:
    """Read what a pattern's group caught, written as people write: 1.000,50 or 1 January 2026."""
    if not any(c.isalpha() for c in text) and not _DAY_IN_FIGURES.fullmatch(text.strip()):
        # Slow to import, and few rules read numbers.
        from price_parser.parser import parse_number

        number: Decimal | None = parse_number(text)
        if number is not None:
            return number
    return _day(text) or text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        pass
    figures = _DAY_IN_FIGURES.fullmatch(text.strip())
    if figures and figures["sign"] == "/" and max(int(figures[1]), int(figures["middle"])) <= 12:
        return None  # 03/04/2026 is March in one country and April in another.
    import dateparser  # A third of a second to import.

    order = "DMY" if figures and figures["sign"] == "." else "MDY"
    settings: Any = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": order}
    moment = dateparser.parse(text, languages=["en", "de"], settings=settings)
    return moment.date() if moment else None
