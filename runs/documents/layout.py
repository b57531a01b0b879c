"""From words with places to a page's text in reading order.

The file's own order is kept where it makes sense; most programs write text as it is
read. Where it does not (forms, Quartz prints, page numbers first) the page is cut
at its gutters into columns and read from the top left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain, repeat
from operator import add
from typing import NamedTuple

from runs.documents.hyphens import HYPHENS, Vocabulary
from runs.documents.pages import Box, Word


class Strip(NamedTuple):
    """Words beside each other, from first to last, each with its box; never empty."""

    texts: list[str]
    boxes: list[Box]


_TOLERATED_DISORDER = 0.04
_COLUMN_MIN_ROWS = 4
_COLUMN_MIN_CHARACTERS = 18
_MAX_COLUMN_DEPTH = 6


def in_order(strips: Sequence[tuple[int, Strip]], width: float, height: float) -> list[Strip]:
    """Put the lines of a page in reading order; each comes with the degrees it is turned by.

    Those that lie as most do come first, then side bars and stamps: whoever reads has to turn the page for them.
    """
    groups: dict[int, list[Strip]] = {}
    for turn, strip in strips:
        groups.setdefault(turn, []).append(strip)
    if len(groups) > 1:
        groups = dict(sorted(groups.items(), key=lambda group: -sum(len(strip.texts) for strip in group[1])))
    ordered: list[Strip] = []
    for turn, group in groups.items():
        if turn == 0:
            ordered += _in_order(group, width)
        elif turn in _QUARTERS:
            there, back = _QUARTERS[turn], _QUARTERS[360 - turn]
            across = (height, width) if turn in (90, 270) else (width, height)
            upright = _in_order([_turned(strip, there, width, height) for strip in group], across[0])
            ordered += [_turned(strip, back, *across) for strip in upright]
        else:
            ordered += group
    return ordered


_QUARTERS: dict[int, Callable[[Box, float, float], Box]] = {
    90: lambda box, width, height: Box(height - box.bottom, box.left, height - box.top, box.right),
    180: lambda box, width, height: Box(width - box.right, height - box.bottom, width - box.left, height - box.top),
    270: lambda box, width, height: Box(box.top, width - box.right, box.bottom, width - box.left),
}
"""How boxes lie on a page of a width and height once its text, turned by so much, is turned to be read."""


def _turned(strip: Strip, turn: Callable[[Box, float, float], Box], width: float, height: float) -> Strip:
    return Strip(strip.texts, [turn(box, width, height) for box in strip.boxes])


def _in_order(strips: list[Strip], page_width: float) -> list[Strip]:
    return strips if _is_sensible(strips) else by_columns(strips, page_width)


def joined(strips: Sequence[Strip], vocabulary: Vocabulary) -> tuple[str, list[Word], list[int]]:
    """Join lines: the text, its words, and how many of them stand before each line.

    A word hyphenated at a line's end is one word in the text and two in the list, each
    with the box of its part.
    """
    texts: list[str] = []
    breaks: list[int] = []
    gaps: list[int] = []  # the words after which nothing stands, not even a space
    parts: list[str] = []
    displaced = False
    for number, (words, _) in enumerate(strips):
        breaks.append(len(texts))
        ending = "\n"
        last = words[-1]
        if last[-1] in HYPHENS and number + 1 < len(strips):
            keeps = vocabulary.keeps_hyphen(last, strips[number + 1].texts[0])
            if keeps is not None:
                words = [*words[:-1], last if keeps else last[:-1]]
                ending = ""
                gaps.append(len(texts) + len(words) - 1)
        if displaced and len(words) > 1:
            # The line break that hyphenation displaced follows the word it belonged in.
            parts += (words[0], "\n", " ".join(words[1:]), ending)
        else:
            parts += (" ".join(words), ending)
        displaced = not ending
        texts += words
    lengths = list(map(add, map(len, texts), repeat(1)))
    for gap in gaps:
        lengths[gap] -= 1
    boxes = chain.from_iterable(strip.boxes for strip in strips)
    words_in_place = zip(texts, accumulate(lengths, initial=0), boxes, strict=False)
    # A third of what Word(…) costs, a million times a book.
    return "".join(parts).rstrip("\n"), list(map(tuple.__new__, repeat(Word), words_in_place)), breaks


def _is_sensible(lines: Sequence[Strip]) -> bool:
    """Whether each line stands below, right of, or in a new column from, the one before."""
    jumps = backwards = right_to_left = 0
    before: tuple[float, float] | None = None
    for texts, boxes in lines:
        first, last = boxes[0], boxes[-1]
        left, right = first.left, last.right
        if last.left < left - 1:
            left, right = last.left, first.right
            backwards += 1
            right_to_left += "\u0590" <= texts[0][0] <= "\u08ff"
        middle = (first.top + first.bottom) / 2
        if before is not None and middle < before[1] - (first.bottom - first.top) * 0.6 and left < before[0] - 1:
            jumps += 1
        before = (right, middle)
    if right_to_left > len(lines) * 0.2:
        return True
    return jumps + backwards <= max(1, len(lines) * _TOLERATED_DISORDER)


def by_columns(lines: Sequence[Strip], page_width: float) -> list[Strip]:
    """Put lines in reading order, whatever order they have."""
    if not lines:
        return []
    segments = [segment for line in lines for segment in _segments(line)]
    upright = [segment for segment in segments if not _is_vertical(segment)]
    if len(upright) < len(segments) / 2:
        return list(lines)
    ordered = _read_region(upright, page_width, depth=0)
    return ordered + [segment for segment in segments if _is_vertical(segment)]


def _segments(strip: Strip) -> Iterable[Strip]:
    """Cut a line where the words leap: over a gap, backwards, or to another height."""
    texts, boxes = strip
    begin = 0
    for index in range(1, len(boxes)):
        if _leaps(boxes[index - 1], boxes[index]):
            yield Strip(texts[begin:index], boxes[begin:index])
            begin = index
    yield Strip(texts[begin:], boxes[begin:]) if begin else strip


def _leaps(before: Box, after: Box) -> bool:
    height = max(before.bottom - before.top, after.bottom - after.top, 1.0)
    gap = after.left - before.right
    middle = (after.top + after.bottom) / 2
    return gap > height * 1.2 or gap < -height * 0.6 or not before.top <= middle <= before.bottom


def _is_vertical(segment: Strip) -> bool:
    left, top, right, bottom = _bounds(segment)
    return sum(map(len, segment.texts)) > 2 and bottom - top > 2 * (right - left)


def _bounds(segment: Strip) -> Box:
    lefts, tops, rights, bottoms = zip(*segment.boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def _read_region(segments: list[Strip], page_width: float, depth: int) -> list[Strip]:
    """Read columns one after the other, and what spans them where it stands."""
    boxes = {id(segment): _bounds(segment) for segment in segments}
    segments = sorted(segments, key=lambda segment: (boxes[id(segment)].top, boxes[id(segment)].left))
    gutter = _gutter([boxes[id(segment)] for segment in segments]) if depth < _MAX_COLUMN_DEPTH else None
    if gutter is None:
        return _rows(segments)
    ordered: list[Strip] = []
    zone: list[Strip] = []
    for segment in [*segments, None]:
        if segment is not None and not boxes[id(segment)].left < gutter < boxes[id(segment)].right:
            zone.append(segment)
            continue
        left = [member for member in zone if boxes[id(member)].right <= gutter]
        right = [member for member in zone if boxes[id(member)].right > gutter]
        if _is_prose(left) and _is_prose(right):
            ordered += _read_region(left, page_width, depth + 1) + _read_region(right, page_width, depth + 1)
        else:
            ordered += _rows(zone)
        zone = []
        if segment is not None:
            ordered.append(segment)
    return ordered


def _gutter(boxes: list[Box]) -> float | None:
    """Find the x that fewest lines cross, away from the edges; None when too many do."""
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    width = right - left
    places = [left + width * step / 100 for step in range(15, 86)]
    crossings = [sum(box.left < place < box.right for box in boxes) for place in places]
    fewest = min(crossings)
    if fewest > len(boxes) * 0.2:
        return None
    best = [place for place, count in zip(places, crossings, strict=True) if count == fewest]
    # The middle of the first run of equally good places.
    run = [best[0]]
    for place in best[1:]:
        if place - run[-1] > width * 0.015:
            break
        run.append(place)
    return run[len(run) // 2]


def _is_prose(segments: list[Strip]) -> bool:
    """Whether these read as a column of text, not as cells of a table or lines of a form."""
    if len(segments) < _COLUMN_MIN_ROWS:
        return False
    lengths = sorted(sum(map(len, segment.texts)) + len(segment.texts) for segment in segments)
    return lengths[len(lengths) // 2] >= _COLUMN_MIN_CHARACTERS


def _rows(segments: list[Strip]) -> list[Strip]:
    """Read line by line, from left to right."""
    rows: list[list[tuple[Box, Strip]]] = []
    for box, segment in sorted(
        ((_bounds(segment), segment) for segment in segments), key=lambda item: item[0].top + item[0].bottom
    ):
        middle = (box.top + box.bottom) / 2
        if rows and rows[-1][0][0].top <= middle <= rows[-1][0][0].bottom:
            rows[-1].append((box, segment))
        else:
            rows.append([(box, segment)])
    return [_beside(segment for _, segment in sorted(row, key=lambda item: item[0].left)) for row in rows]


def _beside(segments: Iterable[Strip]) -> Strip:
    texts: list[str] = []
    boxes: list[Box] = []
    for segment in segments:
        texts += segment.texts
        boxes += segment.boxes
    return Strip(texts, boxes)
