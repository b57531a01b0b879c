"""From a PDF page's text layer to lines of words with their boxes, in the file's own order.

pdfium is asked for a page's whole text once and for two rectangles a word, those of its
first and last character: asking for every character would cost several times the
extraction itself. What can be done to a whole page at once is, without a step of Python
for each word; lines that look peculiar are looked at more closely (``pdf_peculiar``).
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from itertools import accumulate, compress, count, pairwise, repeat
from operator import add, ge
from typing import Any, NamedTuple, cast

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from runs.documents.characters import clean
from runs.documents.pages import Box
from runs.documents.pdf_bidi import RIGHT_TO_LEFT
from runs.documents.pdf_calls import Rectangles

_HYPHENATED = re.compile("([^\ufffe\x02]*)([\ufffe\x02]?)")
"""pdfium marks a hyphen at a line's end and swallows the line break after it."""
_WORD_OR_BREAK = re.compile(r"[^\s\x00-\x1f\x7f]+|[\r\n]")
# Text of which cleaning changes nothing, and whose words are separated by spaces and line ends alone.
_PLAIN = re.compile("[\r\n -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20ac]*").fullmatch
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LEVEL = 0.05
"""By what share of their height a word's first and last character may differ in place."""


_begins, _ends = Rectangles(), Rectangles()

Numbers = list[float]
Sides = tuple[Numbers, Numbers, Numbers, Numbers]
"""Left, top, right and bottom of many rectangles."""


class Frame(NamedTuple):
    """How a page lies: its edges in pdfium's coordinates, and by how many degrees it is turned to be seen."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int


class Ink(NamedTuple):
    """What is written on a page: words, their boxes, the characters they begin and end with, the lines they make."""

    texts: list[str]
    boxes: list[Box]
    firsts: list[int]
    lasts: list[int]
    spans: list[tuple[int, int]]
    """For each line the index of its first word and of the one after its last."""
    bottoms: list[float]
    peculiar: frozenset[int]
    """The indices of words whose first and last characters are not on one level, from left to right."""
    has_right_to_left: bool
    """Whether there are letters that are read from the right."""


def ink_of(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> Ink:
    """Read what is written on a page, hidden or not."""
    text, char_indices = _raw_text(textpage)
    texts: list[str] = []
    firsts: list[int] = []
    lasts: list[int] = []
    breaks: list[int] = []  # how many words there are at each line's end
    for found in _HYPHENATED.finditer(text):
        part, mark = found.groups()
        if part:
            split = _split_plain if _is_plain(part) else _split
            breaks += split(part, found.start(), texts, firsts, lasts)
        place = found.end() - 1
        if mark and lasts and lasts[-1] == place - 1:
            texts[-1] += "-"
            lasts[-1] = place
        elif mark:
            texts.append("-")
            firsts.append(place)
            lasts.append(place)
        breaks.append(len(texts))
    spans = [(start, end) for start, end in pairwise([0, *breaks]) if start < end]
    if char_indices:
        firsts, lasts = [char_indices[place] for place in firsts], [char_indices[place] for place in lasts]
    sides, peculiar = _sides_of_words(textpage.raw, firsts, lasts, frame_of(page))
    from_right = not text.isascii() and RIGHT_TO_LEFT.search(text) is not None
    return Ink(texts, _boxes(sides), firsts, lasts, spans, sides[3], peculiar, from_right)


def _is_plain(part: str) -> bool:
    line_ends = part.count("\r\n")
    return bool(_PLAIN(part)) and part.count("\r") == line_ends == part.count("\n")


def _split_plain(part: str, place: int, texts: list[str], firsts: list[int], lasts: list[int]) -> list[int]:
    """Add the words of text of nothing but printable characters, spaces, and line ends of two characters.

    Gives how many words there are at each line's end.
    """
    marked = part.replace("\r\n", " \n")
    words = marked.split(" ")
    before = list(accumulate(map(len, words), initial=place - 1))
    starts, stops = list(map(add, before, count(1))), list(map(add, before[1:], count()))
    starts.pop()
    heads = list(accumulate(line.count(" ") for line in marked.split("\n")[:-1]))
    for index in heads:
        words[index] = words[index][1:]
        starts[index] += 1
    if "" in words:
        so_far = list(accumulate(map(bool, words), initial=0))
        heads = [so_far[index] for index in heads]
        starts, stops, words = list(compress(starts, words)), list(compress(stops, words)), list(filter(None, words))
    breaks = [len(texts) + index for index in heads]
    texts += words
    firsts += starts
    lasts += stops
    return breaks


def _split(part: str, place: int, texts: list[str], firsts: list[int], lasts: list[int]) -> list[int]:
    """The same for any text."""
    breaks = []
    for found in _WORD_OR_BREAK.finditer(part):
        if found[0] in "\r\n":
            breaks.append(len(texts))
        elif (word := clean(found[0])).strip():
            texts.append(word)
            firsts.append(place + found.start())
            lasts.append(place + found.end() - 1)
    return breaks


def frame_of(page: pdfium.PdfPage) -> Frame:
    """How a page lies."""
    left, bottom, right, top = page.get_bbox()
    return Frame(left, bottom, right, top, page.get_rotation())


def seen(numbers: Numbers, frame: Frame) -> list[Box]:
    """Turn left, top, right and bottom of rectangles, one after the other, into boxes on the page as it is seen."""
    return _boxes(_turned(numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4], frame))


def character_boxes(textpage: Any, characters: Sequence[int], frame: Frame) -> list[Box]:
    """The boxes of single characters."""
    return _boxes(_turned(*_sides(_begins.of(textpage, characters)), frame))


def _sides_of_words(textpage: Any, firsts: list[int], lasts: list[int], frame: Frame) -> tuple[Sides, frozenset[int]]:
    """The sides of words, from those of their first and last characters; and which words are peculiar."""
    begin, end = _begins.of(textpage, firsts), _ends.of(textpage, lasts)
    if frame.rotation == 0 and begin[1::4] == end[1::4] and begin[3::4] == end[3::4]:
        lefts, rights = _side(begin, 0), _side(end, 2)
        if not any(map(ge, lefts, rights)):
            return _turned(lefts, _side(end, 1), rights, _side(end, 3), frame), frozenset()
    one, two = _turned(*_sides(begin), frame), _turned(*_sides(end), frame)
    lefts, tops = list(map(min, one[0], two[0])), list(map(min, one[1], two[1]))
    rights, bottoms = list(map(max, one[2], two[2])), list(map(max, one[3], two[3]))
    levels = zip(one[0], two[0], one[1], two[1], one[3], two[3], strict=True)
    peculiar = frozenset(
        index
        for index, (left, left2, top, top2, bottom, bottom2) in enumerate(levels)
        if left > left2 or abs(top - top2) + abs(bottom - bottom2) > (bottom - top) * _LEVEL
    )
    return (lefts, tops, rights, bottoms), peculiar


def _sides(rectangles: memoryview[Any]) -> Sides:
    return _side(rectangles, 0), _side(rectangles, 1), _side(rectangles, 2), _side(rectangles, 3)


def _side(rectangles: memoryview[Any], side: int) -> Numbers:
    return cast(Numbers, rectangles[side::4].tolist())


def _turned(lefts: list[float], tops: list[float], rights: list[float], bottoms: list[float], frame: Frame) -> Sides:
    left, bottom, right, top, rotation = frame
    match rotation:
        case 90:
            return _less(bottoms, bottom), _less(lefts, left), _less(tops, bottom), _less(rights, left)
        case 180:
            return _from(rights, right), _less(bottoms, bottom), _from(lefts, right), _less(tops, bottom)
        case 270:
            return _from(tops, top), _from(rights, right), _from(bottoms, top), _from(lefts, right)
        case _:
            return _less(lefts, left), _from(tops, top), _less(rights, left), _from(bottoms, top)


def _boxes(sides: Sides) -> list[Box]:
    # A third of what Box(…) costs, a million times a book.
    return list(map(tuple.__new__, repeat(Box), zip(*sides, strict=True)))


def _less(places: list[float], origin: float) -> list[float]:
    return [place - origin for place in places] if origin else places


def _from(places: list[float], origin: float) -> list[float]:
    return [origin - place for place in places]


def _raw_text(textpage: pdfium.PdfTextPage) -> tuple[str, list[int] | None]:
    """Give the page's text and, where they differ, the character index of each place in it."""
    raw, length = textpage.raw, textpage.count_chars()
    if length <= 0:
        return "", None
    buffer = (ctypes.c_ushort * (2 * length + 2))()
    written = pdfium_c.FPDFText_GetText(raw, 0, length, buffer) - 1
    text = memoryview(buffer).cast("B")[: 2 * max(written, 0)].tobytes().decode("utf-16-le", "surrogatepass")
    if len(text) == length:
        return text, None
    # Characters without a Unicode value have boxes but no text: take them one by one.
    characters: list[str] = []
    indices: list[int] = []
    for index in range(length):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        if 0 < code <= 0x10FFFF:
            characters.append(chr(code))
            indices.append(index)
    return _join_surrogates(characters, indices)


def _join_surrogates(characters: list[str], indices: list[int]) -> tuple[str, list[int]]:
    text = "".join(characters)
    if not _SURROGATES.search(text):
        return text, indices
    joined: list[str] = []
    kept: list[int] = []
    place = 0
    while place < len(text):
        pair = text[place : place + 2]
        is_pair = _SURROGATES.fullmatch(pair) is not None
        joined.append(pair.encode("utf-16", "surrogatepass").decode("utf-16") if is_pair else text[place])
        kept.append(indices[place])
        place += 2 if is_pair else 1
    return "".join(joined), kept
