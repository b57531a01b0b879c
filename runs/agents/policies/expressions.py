"""Arithmetic in policies: ``net_total + tax_total``, ``0.05 * total``, ``effective_date + 30 days``.

A value is a quantity (with a currency, if it is money), a day, or a span of time. What does
not go together (two currencies, a day times three) is no value: ``ValueError`` says why.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, DecimalException
from typing import cast

import regex

MAX_LENGTH = 200
MAX_DEPTH = 10
MAX_OFFSET = 9999


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, of money where it has a currency."""

    amount: Decimal
    currency: str | None = None

    def __str__(self) -> str:
        shown = f"{self.amount:f}"
        decimals = shown.partition(".")[2]
        if self.currency or len(decimals) > 2:
            shown = f"{self.amount:.2f}" if self.currency or self.amount.copy_abs() >= 1 else f"{self.amount:.6f}"
        return f"{shown} {self.currency}" if self.currency else shown


@dataclass(frozen=True, slots=True)
class Span:
    """A time between days. Months are not so many days."""

    days: int = 0
    months: int = 0

    def __str__(self) -> str:
        parts = [f"{count} {unit}{'' if abs(count) == 1 else 's'}" for count, unit in self._parts() if count]
        return " ".join(parts) or "0 days"

    def _parts(self) -> Iterator[tuple[int, str]]:
        yield self.months, "month"
        yield self.days, "day"


Value = Quantity | date | Span
Resolve = Callable[[str], Value]
"""Gives the value of a name. May raise whatever ends the calculation."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Something to be calculated: a value, a name, or two of them with a sign between."""

    left: Expression | Value | str
    sign: str = ""
    right: Expression | None = None

    def names(self) -> list[str]:
        """Return the names it needs, each once, in order."""
        found = [self.left] if isinstance(self.left, str) else []
        for part in (self.left, self.right):
            if isinstance(part, Expression):
                found += part.names()
        return list(dict.fromkeys(found))

    def value(self, resolve: Resolve) -> Value:
        """Calculate it. Raises ``ValueError`` with a part of a sentence."""
        if isinstance(self.left, str):
            return resolve(self.left)
        left = self.left.value(resolve) if isinstance(self.left, Expression) else self.left
        return left if self.right is None else _calculated(left, self.sign, self.right.value(resolve))


_TOKEN = regex.compile(
    r"""\s*(?: (?P<day>\d{4}-\d\d-\d\d)
             | (?P<span>\d{1,4})\s*(?P<unit>day|week|month|year)s?\b
             | (?P<number>\d[\d_]*(?:\.\d+)?)\s*(?P<percent>%)?
             | (?P<name>[a-z][a-z_]*)
             | (?P<sign>[-+*/()]) )""",
    regex.VERBOSE | regex.IGNORECASE,
)
_RELATION = regex.compile(r"(?P<sign><=|>=|!=|==|=|<|>)")


def parse_relation(text: str) -> tuple[Expression, str, Expression]:
    """Read ``net_total + tax_total = total``: its sides, and the sign between. Raises ``ValueError``."""
    signs = list(_RELATION.finditer(text))
    if len(signs) != 1:
        raise ValueError("give two sides with one of = != < <= > >= between them, as in net_total + tax_total = total")
    return parse(text[: signs[0].start()]), signs[0][0], parse(text[signs[0].end() :])


def parse(text: str) -> Expression:
    """Read an expression. Raises ``ValueError`` with a part of a sentence."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a calculation may have {MAX_LENGTH} characters at most")
    reader = _Reader(text)
    expression = reader.sum(0)
    if reader.token is not None:
        raise ValueError(f"{reader.token[0].strip()!r} is not expected in {text.strip()!r}")
    return expression


class _Reader:
    """Reads tokens from left to right; ``token`` is the one that comes next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.token: regex.Match[str] | None = None
        self._advance()

    def sum(self, depth: int) -> Expression:
        result = self._product(depth)
        while sign := self._takes("+-"):
            result = Expression(result, sign, self._product(depth))
        return result

    def _product(self, depth: int) -> Expression:
        result = self._factor(depth)
        while sign := self._takes("*/"):
            result = Expression(result, sign, self._factor(depth))
        return result

    def _factor(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise ValueError("the calculation is nested too deeply")
        if self._takes("-"):
            return Expression(Expression(Quantity(Decimal(-1))), "*", self._factor(depth + 1))
        if self._takes("("):
            inner = self.sum(depth + 1)
            if not self._takes(")"):
                raise ValueError(f"a bracket is not closed in {self.text.strip()!r}")
            return inner
        token = self.token
        if token is None or token["sign"]:
            raise ValueError(f"something is missing in {self.text.strip()!r}")
        self._advance()
        return Expression(token["name"].lower() if token["name"] else _constant(token))

    def _takes(self, signs: str) -> str:
        if self.token is None or not self.token["sign"] or self.token["sign"] not in signs:
            return ""
        sign = str(self.token["sign"])
        self._advance()
        return sign

    def _advance(self) -> None:
        rest = self.text[self.place :]
        if not rest.strip():
            self.token = None
            return
        self.token = _TOKEN.match(self.text, self.place)
        if self.token is None:
            raise ValueError(f"{rest.strip()[:20]!r} can not be read in {self.text.strip()!r}")
        self.place = self.token.end()


def _constant(token: regex.Match[str]) -> Value:
    if token["day"]:
        return date.fromisoformat(token["day"])
    if token["span"]:
        return span(int(token["span"]), token["unit"].lower())
    number = Decimal(token["number"].replace("_", ""))
    return Quantity(number / 100 if token["percent"] else number)


def span(count: int, unit: str) -> Span:
    """Return so many days, weeks, months or years (``day`` …)."""
    match unit:
        case "day":
            return Span(days=count)
        case "week":
            return Span(days=7 * count)
        case "month":
            return Span(months=count)
        case _:
            return Span(months=12 * count)


def _calculated(left: Value, sign: str, right: Value) -> Value:
    match left, sign, right:
        case Quantity(), _, Quantity():
            return _of_quantities(left, sign, right)
        case date(), "+" | "-", Span():
            return _moved(left, right, 1 if sign == "+" else -1)
        case Span(), "+", date():
            return _moved(right, left, 1)
        case date(), "-", date():
            return Span(days=(left - right).days)
        case Span(), "+" | "-", Span():
            factor = 1 if sign == "+" else -1
            return Span(left.days + factor * right.days, left.months + factor * right.months)
        case _:
            raise ValueError(f"{in_words(left)} {sign} {in_words(right)} can not be calculated")


def _of_quantities(left: Quantity, sign: str, right: Quantity) -> Quantity:
    try:
        match sign:
            case "+" | "-":
                amount = left.amount + right.amount if sign == "+" else left.amount - right.amount
                return Quantity(amount, joint_currency(left, right))
            case "*":
                if left.currency and right.currency:
                    raise ValueError("money times money can not be calculated")
                return Quantity(left.amount * right.amount, left.currency or right.currency)
            case _:
                if right.currency:
                    joint_currency(left, right)
                return Quantity(left.amount / right.amount, None if right.currency else left.currency)
    except DecimalException:
        raise ValueError("a division by zero or a number beyond all bounds can not be calculated") from None


def joint_currency(left: Quantity, right: Quantity) -> str | None:
    """Return the currency of both; one that names none takes the other's. Raises ``ValueError`` for two."""
    if left.currency and right.currency and left.currency != right.currency:
        raise ValueError(f"{left} and {right} are of different currencies")
    return left.currency or right.currency


def _moved(day: date, by: Span, factor: int) -> date:
    try:
        year, month = divmod(day.year * 12 + day.month - 1 + factor * by.months, 12)
        moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return moved + timedelta(days=factor * by.days)
    except (ValueError, OverflowError):
        raise ValueError("the day lies outside the calendar") from None


def in_words(value: Value) -> str:
    """Say what kind of value it is, with the value."""
    return f"the day {value}" if isinstance(value, date) else str(cast(object, value))
