"""When two values mean the same, however they are written."""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import dateparser
from price_parser import Price

LONGEST_SHOWN: Final = 240
BEFORE_DIFFERENCE: Final = 40
SPACES: Final = re.compile(r"\s+")
NOT_OF_IDENTIFIERS: Final = re.compile(r"[\W_]+")
ISO_BEGINNING: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def even(text: str) -> str:
    """``text`` with its white space evened out."""
    return SPACES.sub(" ", text).strip()


def meaning(value: Any, kind: str = "", currency: str | None = None) -> Hashable:
    """What ``value`` stands for: equal for two values that mean the same.

    ``kind`` is the type of an extractor's field, where that is known; without it only
    white space, ISO dates and the notation of numbers are seen through.
    """
    match value:
        case None | bool():
            return value
        case int() | float():
            return Decimal(str(value)).normalize()
        case str():
            return _of_text(even(value), kind, currency)
        case _:
            return even(str(value))


def _of_text(text: str, kind: str, currency: str | None) -> Hashable:
    match kind:
        case "date":
            return _day(text) or text
        case "amount" | "number" | "percent":
            return _amount(text, currency)
        case "identifier" | "phone":
            return NOT_OF_IDENTIFIERS.sub("", text).casefold()
        case "email" | "currency":
            return text.casefold()
        case "url":
            return text.casefold().removesuffix("/")
        case _:
            return (_moment(text) if ISO_BEGINNING.match(text) else None) or text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        found = dateparser.parse(text, settings={"STRICT_PARSING": True, "DATE_ORDER": "DMY"})
        return found.date() if found else None


def _moment(text: str) -> Hashable | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-24") else datetime.fromisoformat(text)
    except ValueError:
        return None


def _amount(text: str, currency: str | None) -> Hashable:
    try:
        return Decimal(text).normalize(), currency
    except InvalidOperation:
        price = Price.fromstring(text)
        return (price.amount.normalize() if price.amount is not None else text), currency


def shown(value: Any) -> str:
    """``value`` for people, not too long."""
    match value:
        case None:
            return "–"
        case bool():
            return "Yes" if value else "No"
        case list():
            text = ", ".join(shown(item) for item in value)
        case dict():
            text = "; ".join(f"{name}: {shown(item)}" for name, item in value.items())
        case _:
            text = even(str(value))
    return _cut(text)


def shown_apart(left: str, right: str) -> tuple[str, str]:
    """Two texts that differ, long ones from shortly before the place where they do."""
    texts = even(left), even(right)
    if max(map(len, texts)) <= LONGEST_SHOWN:
        return texts
    pairs = enumerate(zip(*texts, strict=False))
    differs_at = next((place for place, (one, other) in pairs if one != other), min(map(len, texts)))
    start = max(differs_at - BEFORE_DIFFERENCE, 0)
    before = "… " if start else ""
    return before + _cut(texts[0][start:]), before + _cut(texts[1][start:])


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
