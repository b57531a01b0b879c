"""JSON written in one way only, so that equal values have equal hashes.

The rules of RFC 8785: keys sorted by their UTF-16 code units, no white space, numbers as
ECMAScript writes them. One is bent: all digits of an integer are kept, also beyond 2^53,
where that RFC would round, so that no two of them share a form.
"""

from __future__ import annotations

import hashlib
import json
import math
from decimal import Decimal
from typing import Any, Final

LARGEST_PLAIN_EXPONENT: Final = 21
SMALLEST_PLAIN_EXPONENT: Final = -6


def canonical(value: Any) -> str:
    """``value`` in the one form. Raises ``ValueError`` for what JSON has no word for."""
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case float():
            return _number(value)
        case dict():
            keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(f"{canonical(str(key))}:{canonical(value[key])}" for key in keys) + "}"
        case list() | tuple():
            return "[" + ",".join(map(canonical, value)) + "]"
        case _:
            raise ValueError(f"{type(value).__name__} has no form in JSON")


def sha256_of(value: Any) -> str:
    """The SHA-256 of ``value``'s one form in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def _number(value: float) -> str:
    """ECMA-262, Number::toString. Python finds the same shortest digits and sets them otherwise."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, exponent = _decimal(abs(value))
    point = len(digits) + exponent
    if len(digits) <= point <= LARGEST_PLAIN_EXPONENT:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= LARGEST_PLAIN_EXPONENT:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if SMALLEST_PLAIN_EXPONENT < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _decimal(value: float) -> tuple[str, int]:
    """The shortest digits that mean ``value``, and the power of ten they are to be multiplied by."""
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    return "".join(map(str, digits)), exponent
