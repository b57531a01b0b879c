"""Finding a quote in a page again: exactly, but for its form, or nearly.

No model has a say in it, so a match is evidence. Near matches use Myers' bit-parallel
search (G. Myers, "A fast bit-vector algorithm for approximate string matching",
Journal of the ACM 46, 1999), whose cost is one pass over the page whatever the quote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from runs.documents.pages import Box, Match, Page

THRESHOLD = 0.85
NORMALISED_SCORE = 0.99
SQUEEZED_SCORE = 0.97

_MAX_QUOTE = 2000
_MAX_FUZZY_TEXT = 60_000
_MIN_FUZZY_QUOTE = 6
_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    }
)


def find_quote(page: Page, quote: str) -> Match | None:
    """Find where a quote stands on a page.

    An exact match scores 1.0; one that differs in white space, hyphens, quotation
    marks, ligatures or case a little less; one with other differences the share of
    characters that agree, at least ``THRESHOLD``. None when there is no such place.
    Quotes longer than 2,000 characters are found by their beginning. A match at word
    boundaries is preferred to one inside a word.
    """
    quote = quote.strip()[:_MAX_QUOTE]
    if not quote or not page.text:
        return None
    found = _place(page.text, quote)
    if found is not None:
        return _match(page, *found, 1.0)
    for squeezed, score in ((False, NORMALISED_SCORE), (True, SQUEEZED_SCORE)):
        needle, _ = _normalised(quote, squeezed)
        text, places = _page_normalised(page.text, squeezed)
        found = _place(text, needle) if needle.strip() else None
        if found is not None:
            start, end = places[found[0]], places[found[1] - 1] + 1
            if not squeezed or _at_word_boundaries(page.text, start, end):
                return _match(page, start, end, score)
    return _nearly(page, quote)


def _place(text: str, quote: str) -> tuple[int, int] | None:
    first = start = text.find(quote)
    for _ in range(200):
        if start < 0:
            break
        if _at_word_boundaries(text, start, start + len(quote)):
            return start, start + len(quote)
        start = text.find(quote, start + 1)
    return None if first < 0 else (first, first + len(quote))


def _at_word_boundaries(text: str, start: int, end: int) -> bool:
    opens = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    closes = end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return opens and closes


@lru_cache(maxsize=16)
def _page_normalised(text: str, squeezed: bool) -> tuple[str, list[int]]:
    return _normalised(text, squeezed)


def _normalised(text: str, squeezed: bool) -> tuple[str, list[int]]:
    """Give text in one form, and each character's place in the original.

    Squeezed text has no white space and no hyphens at all.
    """
    characters: list[str] = []
    places: list[int] = []
    spaced = True
    for place, original in enumerate(text):
        if original.isspace():
            if not spaced and not squeezed:
                characters.append(" ")
                places.append(place)
            spaced = True
            continue
        spaced = False
        form = original
        if not original.isascii():
            form = unicodedata.normalize("NFKC", original.translate(_SAME)).translate(_SAME)
        for character in form.casefold():
            if character == "\u00ad" or (squeezed and character == "-"):
                continue
            characters.append(character)
            places.append(place)
    if characters and characters[-1] == " ":
        characters.pop()
        places.pop()
    return "".join(characters), places


def _nearly(page: Page, quote: str) -> Match | None:
    needle, _ = _normalised(quote, False)
    if len(needle) < _MIN_FUZZY_QUOTE:
        return None
    text, places = _page_normalised(page.text, False)
    limit = int(len(needle) * (1 - THRESHOLD))
    best: tuple[int, int, int] | None = None
    for first, last in _windows(text, needle):
        window = text[first:last]
        distance, end = _search(needle, window, limit)
        if distance <= limit and (best is None or distance < best[0]):
            back = _search(needle[::-1], window[:end][::-1], limit)[1]
            best = (distance, first + end - back, first + end)
    if best is None:
        return None
    distance, start, end = best
    return _match(page, places[start], places[end - 1] + 1, round(1 - distance / len(needle), 3))


def _windows(text: str, needle: str) -> Sequence[tuple[int, int]]:
    """Give the parts worth searching: all of a page, or the surroundings of the quote's longest words."""
    if len(text) <= _MAX_FUZZY_TEXT:
        return [(0, len(text))]
    reach = len(needle) * 2
    windows: list[tuple[int, int]] = []
    budget = _MAX_FUZZY_TEXT
    for word in sorted(set(re.findall(r"\w{4,}", needle)), key=len, reverse=True)[:3]:
        for found in re.finditer(re.escape(word), text):
            window = (max(0, found.start() - reach), min(len(text), found.end() + reach))
            budget -= window[1] - window[0]
            if budget < 0:
                return windows
            windows.append(window)
    return windows


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


def _match(page: Page, start: int, end: int, score: float) -> Match:
    return Match(page.number, start, end, score, _boxes(page, start, end))


def _boxes(page: Page, start: int, end: int) -> list[Box]:
    """Give the boxes of a stretch of text, those of one line joined to one."""
    boxes: list[Box] = []
    for word in page.words:
        if word.start >= end:
            break
        if word.start + len(word.text) <= start or word.box is None:
            continue
        if boxes and _continues_line(boxes[-1], word.box):
            last = boxes[-1]
            boxes[-1] = Box(
                min(last.left, word.box.left),
                min(last.top, word.box.top),
                max(last.right, word.box.right),
                max(last.bottom, word.box.bottom),
            )
        else:
            boxes.append(word.box)
    return boxes


def _continues_line(before: Box, after: Box) -> bool:
    height = max(after.bottom - after.top, 1.0)
    middle = (after.top + after.bottom) / 2
    return before.top <= middle <= before.bottom and -height < after.left - before.right < height * 3
