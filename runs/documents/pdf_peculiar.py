"""A closer look at a PDF's lines whose words do not simply stand beside each other.

pdfium joins what stands near: a turned word becomes part of an upright line, and a
raised number part of the amount before it. Here they are told apart.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise, repeat
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from runs.documents.layout import Strip
from runs.documents.pages import Box
from runs.documents.pdf_bidi import RIGHT_TO_LEFT, Glyph, in_reading_order
from runs.documents.pdf_calls import pointer, quick
from runs.documents.pdf_text import Frame, Ink, character_boxes, frame_of

SLANTED = -1
_LEVEL = 0.12
"""By what share of a line's height words on one level may differ."""
_OVERPRINTED = 0.2
"""By what share of its height a line drawn twice may lie beside itself."""
_SUPERSCRIPTS = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_BESIDE = 0.35
"""How far from a word its note's number may stand, in heights of the word."""
_LEAST_SIZE, _LARGEST_SIZE = 0.4, 0.9
"""A raised number's share of the height of what it stands beside."""

_unicode = quick(pdfium_c.FPDFText_GetUnicode)
_angle = quick(pdfium_c.FPDFText_GetCharAngle, ctypes.c_float)


def strips_of(
    page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, ink: Ink, hidden: set[int]
) -> list[tuple[int, Strip]]:
    """The lines of a page without what is hidden, each with the degrees its words are turned by.

    Counted against the clock, as the page is seen; ``SLANTED`` for what is not turned by a quarter.
    """
    strips: list[tuple[int, Strip]] = []
    closer: _Closer | None = None
    texts, boxes, bottoms, peculiar = ink.texts, ink.boxes, ink.bottoms, ink.peculiar
    from_right = ink.has_right_to_left and _is_read_from_right(texts)
    if not hidden and not peculiar and not ink.has_right_to_left and _are_all_level(ink):
        return _once([(0, Strip(texts[start:end], boxes[start:end])) for start, end in ink.spans])
    for start, end in ink.spans:
        if ink.has_right_to_left and any(map(RIGHT_TO_LEFT.search, texts[start:end])):
            closer = closer or _Closer(textpage.raw, ink, frame_of(page))
            strips += closer.look_from_right([index for index in range(start, end) if index not in hidden], from_right)
            continue
        is_plain = not peculiar or peculiar.isdisjoint(range(start, end))
        if is_plain and not hidden and len(set(bottoms[start:end])) == 1:
            strips.append((0, Strip(texts[start:end], boxes[start:end])))
            continue
        indices = [index for index in range(start, end) if index not in hidden]
        if is_plain and indices and _is_level([boxes[index] for index in indices]):
            strips.append((0, Strip([texts[index] for index in indices], [boxes[index] for index in indices])))
        elif indices:
            closer = closer or _Closer(textpage.raw, ink, frame_of(page))
            strips += closer.look(indices)
    return _once(_rejoined(strips))


def _is_read_from_right(texts: Sequence[str]) -> bool:
    """Whether lines of a page that hold letters of both directions are likelier read from the right."""
    letters = [letter for text in texts for letter in text if letter.isalpha()]
    return 2 * sum(RIGHT_TO_LEFT.match(letter) is not None for letter in letters) > len(letters)


def _are_all_level(ink: Ink) -> bool:
    """Whether the words of each line of a page stand on one level: so it is with most pages, and told at once."""
    levels = [ink.bottoms[start] for start, _ in ink.spans]
    counts = [end - start for start, end in ink.spans]
    return list(chain.from_iterable(map(repeat, levels, counts))) == ink.bottoms


def _rejoined(strips: list[tuple[int, Strip]]) -> list[tuple[int, Strip]]:
    """Undo the line breaks that pdfium sees after raised numbers."""
    rejoined: list[tuple[int, Strip]] = []
    for turn, strip in strips:
        if rejoined and turn == 0 == rejoined[-1][0] and _goes_on(rejoined[-1][1].boxes[-1], strip.boxes[0]):
            before = rejoined.pop()[1]
            first = strip.texts[0]
            if first.strip("()+-").isdigit() and _is_raised(strip.boxes[0], before.boxes[-1]):
                first = first.translate(_SUPERSCRIPTS)
            strip = Strip([*before.texts, first, *strip.texts[1:]], before.boxes + strip.boxes)
        rejoined.append((turn, strip))
    return rejoined


def _goes_on(before: Box, after: Box) -> bool:
    height = min(before.bottom - before.top, after.bottom - after.top)
    overlap = min(before.bottom, after.bottom) - max(before.top, after.top)
    return overlap > height * 0.5 and -0.1 * height < after.left - before.right < height * 0.7


def _once(strips: list[tuple[int, Strip]]) -> list[tuple[int, Strip]]:
    """Drop lines drawn over themselves, as programs do that know no bold letters."""
    seen: dict[tuple[str, str, int], list[Strip]] = {}
    once: list[tuple[int, Strip]] = []
    for turn, strip in strips:
        alike = seen.setdefault((strip.texts[0], strip.texts[-1], len(strip.texts)), [])
        if not (alike and any(_covers(strip, other) for other in alike)):
            once.append((turn, strip))
            alike.append(strip)
    return once


def _covers(strip: Strip, other: Strip) -> bool:
    one, two = strip.boxes[0], other.boxes[0]
    reach = (one.bottom - one.top) * _OVERPRINTED
    return strip.texts == other.texts and abs(one.left - two.left) < reach and abs(one.top - two.top) < reach


def _is_level(boxes: Sequence[Box]) -> bool:
    tops, bottoms = [box.top for box in boxes], [box.bottom for box in boxes]
    tolerance = (bottoms[0] - tops[0]) * _LEVEL
    return max(bottoms) - min(bottoms) <= tolerance and max(tops) - min(tops) <= tolerance


class _Closer:
    """Looks at single characters."""

    def __init__(self, textpage: Any, ink: Ink, frame: Frame) -> None:
        self._textpage = textpage
        self._raw = pointer(textpage)
        self._ink = ink
        self._frame = frame

    def look(self, indices: Sequence[int]) -> Iterator[tuple[int, Strip]]:
        """Cut a line where its words turn or leap to another height."""
        turns = [self._turn(self._ink.firsts[index]) for index in indices]
        begin = 0
        for place, (before, after) in enumerate(pairwise(indices), 1):
            if turns[place] != turns[place - 1] or self._leaps(turns[place], before, after):
                yield turns[begin], self._strip(turns[begin], indices[begin:place])
                begin = place
        yield turns[begin], self._strip(turns[begin], indices[begin:])

    def look_from_right(self, indices: Sequence[int], from_right: bool) -> Iterator[tuple[int, Strip]]:
        """The words of a line with letters that are read from the right, in the order in which they are read."""
        glyphs = [
            Glyph(chr(code), box, index)
            for index in indices
            for character, box in zip(self._places(index), self._characters(index), strict=True)
            if (code := _unicode(self._raw, character)) > 32
        ]
        texts = [glyph.text for glyph in glyphs]
        has_latin = any(text.isalpha() and not RIGHT_TO_LEFT.match(text) for text in texts)
        strip = in_reading_order(glyphs, from_right=from_right or not has_latin)
        if strip:
            yield 0, strip

    def _turn(self, character: int) -> int:
        degrees = -math.degrees(_angle(self._raw, character)) - self._frame.rotation
        quarter = round(degrees / 90)
        return quarter % 4 * 90 if abs(degrees - quarter * 90) < 10 else SLANTED

    def _leaps(self, turn: int, before: int, after: int) -> bool:
        if turn == SLANTED:
            return False
        one, two = self._ink.boxes[before], self._ink.boxes[after]
        if turn in (0, 180):
            return min(one.bottom, two.bottom) - max(one.top, two.top) <= 0
        return min(one.right, two.right) - max(one.left, two.left) <= 0

    def _strip(self, turn: int, indices: Sequence[int]) -> Strip:
        texts, boxes = [self._ink.texts[index] for index in indices], [self._ink.boxes[index] for index in indices]
        if turn == SLANTED:
            return Strip(texts, [self._around(index) for index in indices])
        return Strip(self._with_superscripts(indices, texts) if turn == 0 else texts, boxes)

    def _around(self, index: int) -> Box:
        lefts, tops, rights, bottoms = zip(*self._characters(index), strict=True)
        return Box(min(lefts), min(tops), max(rights), max(bottoms))

    def _characters(self, index: int) -> list[Box]:
        return character_boxes(self._textpage, self._places(index), self._frame)

    def _places(self, index: int) -> range:
        return range(self._ink.firsts[index], self._ink.lasts[index] + 1)

    def _with_superscripts(self, indices: Sequence[int], texts: list[str]) -> list[str]:
        """Write raised digits as such: ``100.00`` with a note's number beside it is not ``100.001``."""
        written: list[str] = []
        main_before: Box | None = None
        end = 0.0
        for index, text in zip(indices, texts, strict=True):
            # All characters of a word are on one level unless it is peculiar.
            box = self._ink.boxes[index]
            characters = self._characters(index) if index in self._ink.peculiar else [box] * len(text)
            main = max(characters, key=_height)
            is_note = main_before is not None and text.strip("()+-").isdigit()
            if main_before is not None and is_note and box.left - end < _height(main_before) * _BESIDE:
                main = main_before
            if len(characters) == len(text) and any(_is_raised(character, main) for character in characters):
                text = "".join(
                    letter.translate(_SUPERSCRIPTS) if _is_raised(character, main) else letter
                    for letter, character in zip(text, characters, strict=True)
                )
            written.append(text)
            main_before, end = main, box.right
        return written


def _height(box: Box) -> float:
    return box.bottom - box.top


def _is_raised(box: Box, main: Box) -> bool:
    height = _height(main)
    share = _height(box) / height if height > 0 else 0
    return _LEAST_SIZE < share < _LARGEST_SIZE and box.bottom < main.bottom - height * _LEVEL
