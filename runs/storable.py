"""What PostgreSQL can hold.

Text from documents and agents may carry NUL characters and lone surrogates, and
JSON from Python may carry NaN; the database refuses all three, at the worst moment.
Everything written to a run passes through here first.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
DEEPEST = 100
"""Levels of lists and objects. Enough for any input, and far from where Python's own recursion ends."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str, longest: int | None = None) -> str:
    """``text`` without what the database refuses, cut to ``longest`` characters with an ellipsis."""
    clean = UNSTORABLE.sub(REPLACEMENT, text)
    if longest is not None and len(clean) > longest:
        return clean[: longest - 1] + "…"
    return clean


def storable_json(value: Any) -> Any:
    """``value`` with all its text, keys too, made storable.

    Raises ``ValueError`` for what JSON has no word for: NaN, infinity and foreign types.
    """
    match value:
        case str():
            return storable_text(value)
        case None | bool() | int():
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is not a JSON number")
            return value
        case Mapping():
            return {storable_text(str(key)): storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_json(item) for item in value]
        case _:
            raise ValueError(f"{type(value).__name__} has no form in JSON")


def is_deep(value: Any) -> bool:
    """Whether lists and objects are nested deeper in ``value`` than is handled here."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def json_size(value: Any) -> int:
    """The bytes ``value`` takes as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())
