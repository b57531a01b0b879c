"""The values a policy compares with: numbers, days, calculations, words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from runs.agents.extraction.fields import LABELS
from runs.agents.policies.expressions import (
    Expression,
    Quantity,
    Span,
    Value,
    in_words,
    joint_currency,
    parse,
    parse_relation,
)
from runs.agents.policies.fields import COUNTS, FIELDS_BY_TYPE, TODAY, check_calculation

Operand = Decimal | date | Span | str


def check_operand(text: str, *, ordered: bool) -> None:
    """Raise ``ValueError`` for a value that can not be compared, or not by order."""
    calculation = read_calculation(text)
    if calculation is not None:
        check_calculation(calculation)
    elif ordered and isinstance(read_constant(text), str):
        raise ValueError(
            f"{text!r} is neither a number nor a date (2026-12-31, today, today + 30 days), nor a calculation"
        )


def check_relation(text: str) -> None:
    """Raise ``ValueError`` for a relation that can never be held against a document."""
    left, _, right = parse_relation(text)
    if not {*left.names(), *right.names()} - {TODAY}:
        raise ValueError("the calculation names nothing of the document")
    try:
        comparable(check_calculation(left), check_calculation(right))
    except ValueError as problem:
        raise ValueError(f"{text!r}: {problem}") from None


def comparable(left: Value, right: Value) -> tuple[Decimal | date, Decimal | date]:
    """Return two values as what can be compared. Raises ``ValueError`` where they are of different kinds."""
    match left, right:
        case Quantity(), Quantity():
            joint_currency(left, right)
            return left.amount, right.amount
        case Span(), Span():
            if not left.months and not right.months:
                return Decimal(left.days), Decimal(right.days)
            if not left.days and not right.days:
                return Decimal(left.months), Decimal(right.months)
            raise ValueError(f"{left} and {right} can not be compared: months have different lengths")
        case date(), date():
            return left, right
        case _:
            raise ValueError(f"{in_words(left)} can not be compared with {in_words(right)}")


def read_calculation(text: str) -> Expression | None:
    """Return a value that names something (``0.05 * total``, ``today + 30 days``); None for one that does not.

    Raises ``ValueError`` for one that means to and can not be read.
    """
    known = {*LABELS, *FIELDS_BY_TYPE, *COUNTS, TODAY}
    try:
        expression = parse(text)
    except ValueError:
        if any(sign in text for sign in "+*/") and known & set(text.replace("(", " ").replace(")", " ").split()):
            raise
        return None
    return expression if known & set(expression.names()) else None


def read_constant(text: str) -> Operand:
    """Return a value as a number, a day, or itself."""
    number = read_number(text)
    if number is not None:
        return number
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def read_number(text: str) -> Decimal | None:
    """Return a finite plain decimal number, such as 1234.5; None for anything else."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None
