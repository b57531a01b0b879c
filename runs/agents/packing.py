"""What a run has read, packed to travel and to be kept: JSON, compressed, bounded on both ways.

What comes from an agent's process is not believed: the site keeps the packed bytes as they are, and only
a process with limits of its own unpacks them.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

LARGEST_PACKED: Final = 4 * 1024 * 1024
LARGEST_UNPACKED: Final = 48 * 1024 * 1024
"""Also what a packed bomb can come to."""


def pack(facts: Mapping[str, Any] | None) -> str:
    """Return ``facts`` as a text of printable characters; empty for none, and for more than is kept."""
    if facts is None:
        return ""
    try:
        plain = json.dumps(facts, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (ValueError, TypeError, RecursionError):
        return ""
    if len(plain) > LARGEST_UNPACKED:
        return ""
    packed = zlib.compress(plain, 6)
    return base64.b64encode(packed).decode("ascii") if len(packed) <= LARGEST_PACKED else ""


def received(text: object) -> bytes:
    """Return the packed bytes of such a text; empty for anything else. Nothing is unpacked."""
    if not isinstance(text, str) or len(text) > LARGEST_PACKED * 4 // 3 + 4:
        return b""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the facts. Raises ``ValueError`` for what was not packed so, or unpacks to more than is kept."""
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(packed, LARGEST_UNPACKED + 1)
    except zlib.error as error:
        raise ValueError(f"These facts can not be unpacked: {error}.") from None
    if len(plain) > LARGEST_UNPACKED or not unpacking.eof:
        raise ValueError("These facts are larger than any that are kept, or cut short.")
    facts = json.loads(plain)
    if not isinstance(facts, dict):
        raise ValueError("These facts have another form.")
    return facts
