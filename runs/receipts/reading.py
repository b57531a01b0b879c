"""A file as a receipt again: JSON, or the page that carries it."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

from runs.receipts.facts import FORMAT
from runs.storable import is_deep

LARGEST: Final = 256 * 1024 * 1024
DATA: Final = re.compile(r'<pre id="receipt-data"[^>]*>(.*?)</pre>', re.DOTALL)
FORMATS: Final = "agentsite-receipt/"


class NoReceiptHere(Exception):
    """The file holds no receipt that can be read. The text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a file holds. ``page`` is the whole text of one that is a page; None of plain JSON."""

    value: dict[str, Any]
    page: str | None = None

    @property
    def content(self) -> dict[str, Any]:
        """All but the seal."""
        return {name: value for name, value in self.value.items() if name != "seal"}

    @property
    def seal(self) -> dict[str, Any]:
        return self.value["seal"]  # type: ignore[no-any-return]


def read_receipt(content: bytes) -> Receipt:
    """The receipt in a file. Raises ``NoReceiptHere``."""
    if len(content) > LARGEST:
        raise NoReceiptHere("The file is too large to be a receipt.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoReceiptHere("The file is no text in UTF-8.") from None
    if not text.lstrip().startswith("<"):
        return Receipt(_parsed(text))
    found = DATA.findall(text)
    if len(found) != 1:
        raise NoReceiptHere(f"The page holds {len(found) or 'no'} receipts' data; it must hold that of one.")
    return Receipt(_parsed(html.unescape(found[0])), text)


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise NoReceiptHere(f"The file is no JSON that can be read: {error}.") from None
    if not isinstance(value, dict) or not str(value.get("format", "")).startswith(FORMATS):
        raise NoReceiptHere("The file is JSON, but no receipt.")
    if value["format"] != FORMAT:
        raise NoReceiptHere(f"The receipt has the form {value['format']!r}, which this AgentSite does not read.")
    if not isinstance(value.get("seal"), dict) or is_deep(value):
        raise NoReceiptHere("The receipt has no seal, or is nested too deeply.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values of one name a person would read the first, a program the last."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is too large a number")
    return value


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")
