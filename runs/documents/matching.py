"""Comparing texts but for their form, and finding one in another nearly.

Near matches use Myers' bit-parallel search (G. Myers, "A fast bit-vector algorithm for
approximate string matching", Journal of the ACM 46, 1999). It only looks where at least
one of so many pieces of the pattern stands unchanged as there may be differences, and
one more: elsewhere there can be no match.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

MOST_FUZZY_TEXT = 60_000
"""How many characters of one text are searched for a near match."""

_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    }
)
_WORD = re.compile(r"\S+")
_MOST_PLACES_OF_A_PIECE = 200


class Normalised(NamedTuple):
    """A text in one form, and each character's place in the original."""

    text: str
    places: Sequence[int]


@lru_cache(maxsize=512)
def normalised(text: str, squeezed: bool) -> Normalised:
    """Give text without case, and with one form of spaces, hyphens, quotation marks and ligatures.

    Squeezed text has no white space and no hyphens at all.
    """
    parts: list[str] = []
    places = array("I")
    for found in _WORD.finditer(text):
        if parts and not squeezed:
            parts.append(" ")
            places.append(found.start() - 1)
        word, start = found[0], found.start()
        if word.isascii() and "`" not in word and not (squeezed and "-" in word):
            parts.append(word.lower())
            places.extend(range(start, found.end()))
            continue
        for place, original in enumerate(word, start):
            for character in _form(original):
                if character != "\u00ad" and not (squeezed and character == "-"):
                    parts.append(character)
                    places.append(place)
    if parts and parts[-1] == " ":  # what followed it has no form
        parts.pop()
        places.pop()
    return Normalised("".join(parts), places)


@lru_cache(maxsize=4096)
def _form(character: str) -> str:
    form = unicodedata.normalize("NFKC", character.translate(_SAME)).translate(_SAME).casefold()
    return "".join(form.split())


class Nearest(NamedTuple):
    """A place in a text, and by how many characters it differs from what was looked for."""

    distance: int
    start: int
    end: int


def nearest(text: str, pattern: str, most_differences: int, near: int | None = None) -> Nearest | None:
    """Find the part of a text that differs least from a pattern; of several the nearest to ``near``, or the first."""
    windows = list(_windows(text, pattern, most_differences))
    if near is not None:
        # Within one window the first of equal places is found.
        length = len(pattern)
        windows += [(max(0, near - length), near + length), (near, near + 2 * length)]
    best: Nearest | None = None
    for first, last in windows:
        window = text[first:last]
        distance, end = _search(pattern, window, most_differences)
        if distance > most_differences:
            continue
        back = _search(pattern[::-1], window[:end][::-1], most_differences)[1]
        found = Nearest(distance, first + end - back, first + end)
        if best is None or _rank(found, near) < _rank(best, near):
            best = found
    return best


def _rank(found: Nearest, near: int | None) -> tuple[int, int]:
    return found.distance, found.start if near is None else abs(found.start - near)


def _windows(text: str, pattern: str, most_differences: int) -> Iterator[tuple[int, int]]:
    """The parts of a text, apart from each other, in which a near match can be."""
    size = max(1, len(pattern) // (most_differences + 1))
    spans: list[tuple[int, int]] = []
    for begin in range(0, len(pattern) - size + 1, size):
        for place in _places(text, pattern[begin : begin + size]):
            start = place - begin - most_differences
            spans.append((max(0, start), min(len(text), start + len(pattern) + 2 * most_differences)))
    budget = MOST_FUZZY_TEXT
    begun: tuple[int, int] | None = None
    for start, end in [*sorted(spans), (len(text) + 1, len(text) + 1)]:
        if begun is not None and start > begun[1]:
            yield begun[0], min(begun[1], begun[0] + budget)
            budget -= begun[1] - begun[0]
            begun = None
            if budget <= 0:
                return
        begun = (start, end) if begun is None else (begun[0], max(begun[1], end))


def _places(text: str, piece: str) -> Iterator[int]:
    place = text.find(piece)
    for _ in range(_MOST_PLACES_OF_A_PIECE):
        if place < 0:
            return
        yield place
        place = text.find(piece, place + 1)


def _search(pattern: str, text: str, limit: int) -> tuple[int, int]:
    """Give the least edit distance of the pattern to any part of the text, and where that part ends."""
    length = len(pattern)
    mask = (1 << length) - 1
    top = 1 << (length - 1)
    bits: dict[str, int] = {}
    for index, character in enumerate(pattern):
        bits[character] = bits.get(character, 0) | (1 << index)
    positive, negative = mask, 0
    distance = length
    best, best_end = limit + 1, 0
    for place, character in enumerate(text, 1):
        equal = bits.get(character, 0)
        vertical = equal | negative
        horizontal = (((equal & positive) + positive) ^ positive) | equal
        plus = negative | ~(horizontal | positive) & mask
        minus = positive & horizontal
        if plus & top:
            distance += 1
        elif minus & top:
            distance -= 1
        if distance < best:
            best, best_end = distance, place
        plus = (plus << 1) & mask
        minus = (minus << 1) & mask
        positive = minus | ~(vertical | plus) & mask
        negative = plus & vertical
    return best, best_end
