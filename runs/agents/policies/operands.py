"""The values a policy compares with: numbers, dates, days counted from today, words."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import regex

Operand = Decimal | date | str

_RELATIVE_DAY = regex.compile(r"today(?:\s*([+-])\s*(\d{1,4})\s*(day|week|month|year)s?)?", regex.IGNORECASE)
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


def check_operand(text: str, *, ordered: bool) -> None:
    """Raise ``ValueError`` for a value that can not be compared, or not by order."""
    # Any day will do; the last of a leap February shows that the arithmetic holds.
    if isinstance(read_operand(text, date(2024, 2, 29)), str) and ordered:
        raise ValueError(f"{text!r} is neither a number nor a date (2026-12-31, today, today + 30 days)")


def read_operand(text: str, today: date) -> Operand:
    """Return a value as a number, a day, or itself."""
    relative = _RELATIVE_DAY.fullmatch(text.strip())
    if relative:
        return _counted_from(today, relative)
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


def _counted_from(today: date, relative: regex.Match[str]) -> date:
    sign, amount, unit = relative.groups()
    if not sign:
        return today
    count = int(sign + amount)
    unit = unit.lower()
    try:
        if unit in _DAYS:
            return today + timedelta(days=count * _DAYS[unit])
        year, month = divmod(today.year * 12 + today.month - 1 + count * _MONTHS[unit], 12)
        return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        raise ValueError("the day lies outside the calendar") from None
