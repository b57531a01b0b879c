"""Amounts of money: numbers with a currency beside them or cents behind them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_CODE_WORDS = (
    "EUR USD GBP CHF DKK SEK NOK ISK PLN CZK HUF RON BGN RSD TRY UAH RUB JPY CNY HKD TWD KRW INR IDR MYR PHP "
    "SGD THB VND AUD NZD CAD MXN BRL ARS CLP COP PEN ZAR NGN KES EGP MAD AED SAR QAR ILS PKR BDT LKR"
)
CODES = tuple(_CODE_WORDS.split())
_SIGNS = {
    "us$": "USD",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "hk$": "HKD",
    "nz$": "NZD",
    "s$": "SGD",
    "r$": "BRL",
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "₴": "UAH",
    "zł": "PLN",
    "zl": "PLN",
    "kc": "CZK",
    "kč": "CZK",
    "rs.": "INR",
    "rs": "INR",
    "inr.": "INR",
    "fr.": "CHF",
    "sfr.": "CHF",
    "sfr": "CHF",
    "euro": "EUR",
    "euros": "EUR",
    "us dollars": "USD",
    "us dollar": "USD",
    "dollars": "USD",
    "pounds": "GBP",
}
CURRENCIES = {**{code.lower(): code for code in CODES}, **_SIGNS}

_CURRENCY = "|".join(
    rf"{re.escape(name)}\b" if name[-1].isalpha() else re.escape(name)
    for name in sorted(CURRENCIES, key=len, reverse=True)
)
CURRENCY_MENTION = re.compile(rf"(?<![a-z])(?:{_CURRENCY})")
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{2})+,\d{3}|\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:'\d{3})+|\d{1,3}(?:\s\d{3})+|\d+)"
    r"(?:[.,]\d{1,4}(?!\d)|[.,]-{1,2}(?!\w))?"
)
_TIGHT_NUMBER = _NUMBER.replace(r"|\d{1,3}(?:\s\d{3})+", "")
_NOT_MONEY_AFTER = (
    r"(?!\s?%|\s?(?:kg|kwh|km|mm|cm|gb|mb|tb|kb|min|h|hrs?|hours?|stuck|stk|pcs|std|uur|x)\b"
    r"|[\w/°]|[.,:]\d|-\d|\s?\*\s?\d)"
)


def _pattern(number: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<![a-z])(?P<before>{_CURRENCY})\s?(?P<inner_sign>[-−+]?)\s?|(?<![\w.,:/°'-]))"
        rf"(?P<open>\()?(?P<sign>[-−+]\s?)?(?:(?P<between>€|\$|£)\s?)?(?P<number>{number})(?P<trailing>-(?![\w]))?"
        rf"(?:\s?(?P<after>{_CURRENCY})|{_NOT_MONEY_AFTER})(?P<close>\))?"
    )


_TIGHT = _pattern(_TIGHT_NUMBER)
_SPACED = _pattern(_NUMBER)


class AmountFound(NamedTuple):
    """An amount in a text. ``currency`` is None where none stands beside it."""

    start: int
    end: int
    value: Decimal
    currency: str | None
    is_money: bool
    """Whether its form alone shows it: a currency, or exactly two decimals."""


def find_amounts(folded: str, *, decimal: str, spaced: bool) -> list[AmountFound]:
    """Find what may be amounts in a folded text.

    ``decimal`` is the document's decimal separator, which decides what ``1.234`` is.
    ``spaced``: whether a space may separate thousands.
    """
    found: list[AmountFound] = []
    if not any(character.isdigit() for character in folded):
        return found
    for match in (_SPACED if spaced else _TIGHT).finditer(folded):
        number = match["number"]
        value, decimals = parse_number(number, decimal)
        if value is None:
            continue
        sign = match["sign"] or match["inner_sign"] or match["trailing"] or ""
        is_bracketed = match["open"] and match["close"] and not match["after"]
        if sign.strip() in ("-", "−") or is_bracketed:
            value = -value
        name = match["before"] or match["between"] or match["after"]
        currency = CURRENCIES[name] if name else None
        start, end = match.span()
        if match["open"] and not match["close"]:
            start = match.end("open") if not match["before"] else start
        found.append(AmountFound(start, end, value, currency, currency is not None or decimals == 2))
    return found


def parse_number(text: str, decimal: str) -> tuple[Decimal | None, int]:
    """Read a number; give its value and how many decimals it was written with.

    The last separator is the decimal one unless three digits follow it and nothing
    else speaks for it: then the document's habit decides.
    """
    text = re.sub(r"[\s']", "", text)
    if re.search(r"[.,]-+$", text):
        text = re.sub(r"-+$", "00", text)
    if len(re.sub(r"\D", "", text)) > 15:
        return None, 0
    separators = re.findall(r"[.,]", text)
    if not separators:
        return Decimal(text), 0
    last = separators[-1]
    tail = text.rpartition(last)[2]
    is_decimal = len(set(separators)) == 2 or (
        len(separators) == 1 and (len(tail) != 3 or text.startswith("0") or last == decimal)
    )
    if not is_decimal:
        return Decimal(re.sub(r"[.,]", "", text)), 0
    whole = re.sub(r"[.,]", "", text.rpartition(last)[0])
    return Decimal(f"{whole or 0}.{tail}"), len(tail)


def write_amount(value: Decimal) -> str:
    """Write an amount with a point and at least two decimals, without thousands separators."""
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 2
    return f"{value:.{max(places, 2)}f}"
