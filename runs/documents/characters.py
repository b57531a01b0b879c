"""Which characters a page's text may hold, and which stand for others.

No text leaves a reader with control characters, lone surrogates or invisible
marks: Postgres refuses NUL, JSON refuses surrogates, and searches fail on the rest.
"""

from __future__ import annotations

import re
import unicodedata

SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}

_LINE_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u00ad\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069"
    "\ufeff\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff]"
)
_HEAPED_MARKS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{8})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
"""More accents on one letter than any alphabet has: putting them in order costs their square."""
_REPLACED = str.maketrans({**dict.fromkeys(SPACES, " "), **LIGATURES})


def clean(text: str) -> str:
    """Make text safe to store and to search: ``\\n`` and ``\\t`` are the only control characters left.

    Ligatures are spelled out, every kind of space becomes a plain one, soft hyphens
    and invisible marks go, letters with combining accents are composed.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_BREAKS.sub("\n", text).translate(_REPLACED)
    text = _HEAPED_MARKS.sub(r"\1", text)
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", text))


def has_readable_text(text: str) -> bool:
    """Whether there is at least one letter or digit."""
    return any(character.isalnum() for character in text)
