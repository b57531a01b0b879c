"""Comparing values read from a document with a limit, a day or one another."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import regex

from runs.agents.extraction.fields import Field
from runs.agents.policies.findings import MAX_EVIDENCE, Evidence, Ruling, Undecided
from runs.agents.policies.operands import Operand, read_number, read_operand
from runs.agents.policies.patterns import SearchBudget, pattern
from runs.agents.policies.rules import CompareRule, Operator
from runs.agents.policies.subject import Subject
from runs.documents import Box

MIN_CONFIDENCE = 0.5

_TESTS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "not_equals": operator.ne,
    "less_than": operator.lt,
    "at_most": operator.le,
    "more_than": operator.gt,
    "at_least": operator.ge,
}
_WORDS = {
    "equals": "equal to",
    "not_equals": "other than",
    "less_than": "less than",
    "at_most": "at most",
    "more_than": "more than",
    "at_least": "at least",
}
_WORDS_FOR_DAYS = {
    **_WORDS,
    "less_than": "before",
    "at_most": "on or before",
    "more_than": "after",
    "at_least": "on or after",
}

_DAY_IN_FIGURES = regex.compile(r"(\d{1,4})(?P<sign>[-/.])(?P<middle>\d{1,2})(?P=sign)\d{1,4}")


@dataclass(frozen=True, slots=True)
class Value:
    """One side of a comparison. ``text`` is how people see it; ``doubt`` why it can not be relied on."""

    text: str
    operand: Operand
    currency: str | None = None
    evidence: Evidence | None = None
    doubt: str = ""


def compare(rule: CompareRule, subject: Subject, budget: SearchBudget) -> Ruling:
    """Hold the values a rule names against its limit.

    Raises ``Undecided`` where they are doubtful, of different kinds or in different currencies.
    """
    values = _values(rule, subject, budget)
    if not values:
        return _missing(rule, subject)
    limit = _limit(rule, subject)
    if limit is None:
        return Ruling(rule.missing, f"There is no {_spoken(rule.other)} in the document to compare with.")
    outcomes = [(value, _fits(rule, value, limit)) for value in values]
    fitting = [value for value, fits in outcomes if fits]
    failing = [value for value, fits in outcomes if not fits]
    passed = bool(fitting) if rule.of == "any" else not failing
    decisive = fitting if passed else failing
    doubts = [value.doubt for value in decisive if value.doubt]
    if doubts and (not passed or rule.of == "every" or len(doubts) == len(decisive)):
        raise Undecided(doubts[0])
    shown = [value.evidence for value in decisive if value.evidence]
    if limit.evidence:
        shown.append(limit.evidence)
    return Ruling(
        "pass" if passed else "fail", _sentence(rule, decisive, limit, passed), shown[:MAX_EVIDENCE], len(shown)
    )


def field_evidence(field: Field) -> Evidence:
    """Return where a field was read."""
    return Evidence(
        page=field.page, quote=" ".join(field.quote.split())[:300], boxes=[Box(*box) for box in field.boxes]
    )


def _values(rule: CompareRule, subject: Subject, budget: SearchBudget) -> list[Value]:
    if rule.pattern is not None:
        expression = pattern(rule.pattern, rule.case_sensitive)
        return [
            Value(spot.group, _operand_of(spot.group), evidence=subject.transcript.evidence(spot))
            for spot in subject.transcript.find(expression, budget)
            if spot.group
        ]
    return _field_values(rule.field or "", subject)


def _field_values(name: str, subject: Subject) -> list[Value]:
    counted = _counted(name, subject)
    if counted is not None:
        return [Value(f"{counted:,} {name}", Decimal(counted))]
    return [_field_value(field, subject.today) for field in subject.fields_named(name)]


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


def _field_value(field: Field, today: date) -> Value:
    text = f"{field.normalised} {field.currency}" if field.currency else field.normalised
    doubt = (
        f"The value {text} on page {field.page} was read with little confidence."
        if field.confidence < MIN_CONFIDENCE
        else ""
    )
    operand = field.normalised if field.type not in ("date", "amount") else read_operand(field.normalised, today)
    return Value(text, operand, field.currency, field_evidence(field), doubt)


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


def _limit(rule: CompareRule, subject: Subject) -> Value | None:
    if rule.value is not None:
        try:
            operand = read_operand(rule.value, subject.today)
        except ValueError as problem:
            raise Undecided(f"The rule's value {rule.value!r} can not be used: {problem}.") from None
        text = f"{rule.value} ({operand})" if isinstance(operand, date) and str(operand) != rule.value else rule.value
        return Value(f"{text} {rule.currency}" if rule.currency else text, operand, rule.currency)
    others = _field_values(rule.other or "", subject)
    if len({(other.operand, other.currency) for other in others}) > 1:
        raise Undecided(f"The document has several values for {_spoken(rule.other)}, which to compare with is open.")
    if others and others[0].doubt:
        raise Undecided(others[0].doubt)
    return others[0] if others else None


def _fits(rule: CompareRule, value: Value, limit: Value) -> bool:
    currency = rule.currency or limit.currency
    if currency and isinstance(value.operand, Decimal) and rule.field and value.currency != currency:
        stated = f"is in {value.currency}" if value.currency else "names no currency"
        raise Undecided(f"{value.text} {stated}, which can not be compared with {limit.text}.")
    left, right = value.operand, limit.operand
    if isinstance(right, Decimal) and isinstance(left, str):
        number = read_number(left)
        left = number if number is not None else left
    if type(left) is not type(right):
        raise Undecided(f'"{value.text}" can not be compared with {limit.text}.')
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.casefold(), right.casefold()
    return _TESTS[rule.operator](left, right)


def _missing(rule: CompareRule, subject: Subject) -> Ruling:
    what = _spoken(rule.field) if rule.field else "text that fits the rule's pattern"
    sentence = f"The document has no {what} to compare."
    if subject.unread_pages:
        raise Undecided(f"{sentence[:-1]}, but not every page could be read.")
    return Ruling(rule.missing, sentence)


def _sentence(rule: CompareRule, decisive: Sequence[Value], limit: Value, passed: bool) -> str:
    words = (_WORDS_FOR_DAYS if isinstance(limit.operand, date) else _WORDS)[rule.operator]
    first = decisive[0]
    where = f" on page {first.evidence.page}" if first.evidence else ""
    more = len(decisive) - 1
    besides = f" (and {more} more value{'s' if more > 1 else ''})" if more else ""
    verb = "is" if passed else "is not"
    return f"{first.text}{where}{besides} {verb} {words} {limit.text}."


def _spoken(name: str | None) -> str:
    return (name or "").replace("_", " ")
