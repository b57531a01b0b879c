"""Comparing what a document states with limits, days, calculations and other values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from runs.agents.policies.expressions import Expression, Quantity, parse_relation
from runs.agents.policies.expressions import Value as Calculated
from runs.agents.policies.findings import MAX_EVIDENCE, Ruling, Undecided
from runs.agents.policies.operands import comparable, read_calculation, read_constant, read_number
from runs.agents.policies.patterns import SearchBudget
from runs.agents.policies.proofs import PROVED, is_valid
from runs.agents.policies.rules import OPERATOR_SIGNS, CompareRule, Operator
from runs.agents.policies.subject import Subject
from runs.agents.policies.values import (
    MissingValue,
    Value,
    calculable,
    caught_values,
    field_values,
    spoken,
    the_value,
)

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
    "valid_as": "a valid",
}
_WORDS_FOR_DAYS = {
    **_WORDS,
    "less_than": "before",
    "at_most": "on or before",
    "more_than": "after",
    "at_least": "on or after",
}


def compare(rule: CompareRule, subject: Subject, budget: SearchBudget) -> Ruling:
    """Hold the values a rule names against its limit, or the two sides of its calculation against each other.

    Raises ``Undecided`` where they are doubtful, of different kinds or in different currencies.
    """
    try:
        if rule.holds is not None:
            return _calculation(rule, rule.holds, subject)
        return _comparison(rule, subject, budget)
    except MissingValue as missing:
        sentence = f"There is no {spoken(str(missing))} in the document to compare with."
        return Ruling(rule.missing, _unless_unread(sentence, subject))


def holds(relation: str, subject: Subject, tolerance: Decimal = Decimal(0)) -> bool:
    """Whether a relation such as ``total > 10000`` holds. Raises ``MissingValue`` and ``Undecided``."""
    return _sides(relation, subject, tolerance)[2]


def _sides(relation: str, subject: Subject, tolerance: Decimal) -> tuple[Calculated, Calculated, bool]:
    left, sign, right = parse_relation(relation)
    try:
        sides = left.value(lambda name: calculable(name, subject)), right.value(lambda name: calculable(name, subject))
        return (*sides, _test(OPERATOR_SIGNS[sign], *comparable(*sides), tolerance))
    except ValueError as problem:
        raise Undecided(f'"{relation}" can not be calculated: {problem}.') from None


def _calculation(rule: CompareRule, relation: str, subject: Subject) -> Ruling:
    left, right, passed = _sides(relation, subject, rule.leeway)
    sides = parse_relation(relation)
    names = list(dict.fromkeys(name for side in (sides[0], sides[2]) for name in side.names()))
    values = [(name, the_value(name, subject)) for name in names if name != "today"]
    stated = ", ".join(f"{spoken(name)} {value.text}{_place(value)}" for name, value in values)
    shown = [value.evidence for _, value in values if value.evidence]
    words = (_WORDS_FOR_DAYS if isinstance(right, date) else _WORDS)[OPERATOR_SIGNS[sides[1]]]
    outcome = f"{left} is {'' if passed else 'not '}{words} {right}{_tolerated(rule)}"
    verb = "holds" if passed else "does not hold"
    sentence = f'"{relation}" {verb}: {outcome} ({stated}).'
    return Ruling("pass" if passed else "fail", sentence, shown[:MAX_EVIDENCE], len(shown))


def _comparison(rule: CompareRule, subject: Subject, budget: SearchBudget) -> Ruling:
    if rule.pattern is not None:
        values = caught_values(rule.pattern, rule.case_sensitive, subject, budget)
    else:
        values = field_values(rule.field or "", subject)
    if not values:
        what = spoken(rule.field) if rule.field else rule.what or "text that fits the rule's pattern"
        return Ruling(rule.missing, _unless_unread(f"The document has no {what} to compare.", subject))
    limit = _limit(rule, subject)
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


def _limit(rule: CompareRule, subject: Subject) -> Value:
    if rule.value is None:
        return the_value(rule.other or "", subject)
    if rule.operator == "valid_as":
        return Value(PROVED[rule.value], rule.value)
    calculation = read_calculation(rule.value)
    if calculation is not None:
        return _calculated_limit(rule, calculation, subject)
    text = f"{rule.value} {rule.currency}" if rule.currency else rule.value
    return Value(text, read_constant(rule.value), rule.currency)


def _calculated_limit(rule: CompareRule, calculation: Expression, subject: Subject) -> Value:
    try:
        result = calculation.value(lambda name: calculable(name, subject))
    except ValueError as problem:
        raise Undecided(f"The rule's value {rule.value!r} can not be used: {problem}.") from None
    named = [the_value(name, subject) for name in calculation.names() if name != "today"]
    evidence = next((value.evidence for value in named if value.evidence), None)
    text = f"{rule.value} ({result})"
    if isinstance(result, Quantity):
        return Value(text, result.amount, rule.currency or result.currency, evidence)
    return Value(text, result, None, evidence)


def _fits(rule: CompareRule, value: Value, limit: Value) -> bool:
    assert rule.operator is not None
    if rule.operator == "valid_as":
        return is_valid(value.text, str(limit.operand))
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
        return _TESTS[rule.operator](left.casefold(), right.casefold())
    try:
        return _test(rule.operator, *comparable(_wrapped(left), _wrapped(right)), rule.leeway)
    except ValueError as problem:
        raise Undecided(f"{problem}.") from None


def _wrapped(operand: Any) -> Calculated:
    wrapped: Calculated = Quantity(operand) if isinstance(operand, Decimal) else operand
    return wrapped


def _test(operation: Operator, left: Decimal | date, right: Decimal | date, tolerance: Decimal) -> bool:
    """Compare, with so much lenience towards what the rule wants."""
    if isinstance(left, Decimal) and isinstance(right, Decimal) and tolerance:
        is_near = abs(left - right) <= tolerance
        if is_near:
            return operation != "not_equals"
    return _TESTS[operation](left, right)


def _unless_unread(sentence: str, subject: Subject) -> str:
    if subject.unread_pages:
        raise Undecided(f"{sentence[:-1]}, but not every page could be read.")
    return sentence


def _sentence(rule: CompareRule, decisive: Sequence[Value], limit: Value, passed: bool) -> str:
    assert rule.operator is not None
    words = (_WORDS_FOR_DAYS if isinstance(limit.operand, date) else _WORDS)[rule.operator]
    first = decisive[0]
    more = len(decisive) - 1
    besides = f" (and {more} more value{'s' if more > 1 else ''})" if more else ""
    verb = "is" if passed else "is not"
    return f"{first.text}{_place(first)}{besides} {verb} {words} {limit.text}{_tolerated(rule)}."


def _place(value: Value) -> str:
    return f" on page {value.evidence.page}" if value.evidence else ""


def _tolerated(rule: CompareRule) -> str:
    return f" within {rule.leeway:f}" if rule.tolerance else ""
