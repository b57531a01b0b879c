"""From words with places to a page's text in reading order.

The file's own order is kept where it makes sense; most programs write text as it is
read. Where it does not (forms, Quartz prints, page numbers first) the page is cut
at its gutters into columns and read from the top left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runs.documents.pages import Box, Word


class Piece(NamedTuple):
    """A word and its place, before the page's text exists."""

    text: str
    box: Box


Line = list[Piece]

_HYPHENS = "-\u2010"
_TOLERATED_DISORDER = 0.04
_COLUMN_MIN_ROWS = 4
_COLUMN_MIN_CHARACTERS = 18
_MAX_COLUMN_DEPTH = 6


def page_text(
    lines: Sequence[Line], page_width: float, *, is_ordered: bool | None = None
) -> tuple[str, list[Word], list[int]]:
    """Put lines in reading order and join them: the text, its words, and how many of them stand before each line.

    ``is_ordered``: whether the lines stand in it already; None has a look.

    A word hyphenated at a line's end is one word in the text and two in the list, each
    with the box of its part.
    """
    if lines and not (_is_sensible(lines) if is_ordered is None else is_ordered):
        lines = _in_reading_order(lines, page_width)
    return _joined(lines)


def _joined(lines: Sequence[Line]) -> tuple[str, list[Word], list[int]]:
    parts: list[str] = []
    words: list[Word] = []
    breaks: list[int] = []
    place = 0
    joins_previous = False
    word = Word._make  # half the cost of Word(…)
    for number, line in enumerate(lines):
        breaks.append(len(words))
        last = len(line) - 1
        hyphenated = (
            line[last].text[-1] in _HYPHENS
            and number + 1 < len(lines)
            and _is_hyphenated(line[last].text, lines[number + 1][0].text)
        )
        for index, (text, box) in enumerate(line):
            part = text[:-1] if hyphenated and index == last else text
            words.append(word((part, place, box)))
            # The line break that hyphenation displaced follows the word it belonged in.
            ending = "\n" if index == last or (joins_previous and index == 0) else " "
            if hyphenated and index == last:
                ending = ""
            parts.append(part + ending)
            place += len(part) + len(ending)
        joins_previous = hyphenated
    return "".join(parts).rstrip("\n"), words, breaks


def _is_hyphenated(end: str, start: str) -> bool:
    return len(end) > 2 and end[-2].islower() and start[0].islower()


def _is_sensible(lines: Sequence[Line]) -> bool:
    """Whether each line stands below, right of, or in a new column from, the one before."""
    jumps = backwards = right_to_left = 0
    before: tuple[float, float, float] | None = None
    for line in lines:
        first, last = line[0].box, line[-1].box
        left, right, middle = min(first.left, last.left), max(first.right, last.right), (first.top + first.bottom) / 2
        if last.left < first.left - 1:
            backwards += 1
            right_to_left += "\u0590" <= line[0].text[0] <= "\u08ff"
        if before is not None:
            _before_left, before_right, before_middle = before
            rises = middle < before_middle - (first.bottom - first.top) * 0.6
            if rises and left < before_right - 1:
                jumps += 1
        before = (left, right, middle)
    if right_to_left > len(lines) * 0.2:
        return True
    return jumps + backwards <= max(1, len(lines) * _TOLERATED_DISORDER)


def _in_reading_order(lines: Sequence[Line], page_width: float) -> list[Line]:
    segments = [segment for line in lines for segment in _segments(line)]
    upright = [segment for segment in segments if not _is_vertical(segment)]
    if len(upright) < len(segments) / 2:
        return list(lines)
    ordered = _read_region(upright, page_width, depth=0)
    return ordered + [segment for segment in segments if _is_vertical(segment)]


def _segments(line: Line) -> Iterable[Line]:
    """Cut a line where the words leap: over a gap, backwards, or to another height."""
    current: Line = []
    for piece in line:
        if current and _leaps(current[-1].box, piece.box):
            yield current
            current = []
        current.append(piece)
    if current:
        yield current


def _leaps(before: Box, after: Box) -> bool:
    height = max(before.bottom - before.top, after.bottom - after.top, 1.0)
    gap = after.left - before.right
    middle = (after.top + after.bottom) / 2
    return gap > height * 1.2 or gap < -height * 0.6 or not before.top <= middle <= before.bottom


def _is_vertical(segment: Line) -> bool:
    left, top, right, bottom = _bounds(segment)
    return sum(len(piece.text) for piece in segment) > 2 and bottom - top > 2 * (right - left)


def _bounds(segment: Line) -> Box:
    return Box(
        min(piece.box.left for piece in segment),
        min(piece.box.top for piece in segment),
        max(piece.box.right for piece in segment),
        max(piece.box.bottom for piece in segment),
    )


def _read_region(segments: list[Line], page_width: float, depth: int) -> list[Line]:
    """Read columns one after the other, and what spans them where it stands."""
    boxes = {id(segment): _bounds(segment) for segment in segments}
    segments = sorted(segments, key=lambda segment: (boxes[id(segment)].top, boxes[id(segment)].left))
    gutter = _gutter([boxes[id(segment)] for segment in segments]) if depth < _MAX_COLUMN_DEPTH else None
    if gutter is None:
        return _rows(segments)
    ordered: list[Line] = []
    zone: list[Line] = []
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


def _is_prose(segments: list[Line]) -> bool:
    """Whether these read as a column of text, not as cells of a table or lines of a form."""
    if len(segments) < _COLUMN_MIN_ROWS:
        return False
    lengths = sorted(sum(len(piece.text) + 1 for piece in segment) for segment in segments)
    return lengths[len(lengths) // 2] >= _COLUMN_MIN_CHARACTERS


def _rows(segments: list[Line]) -> list[Line]:
    """Read line by line, from left to right."""
    rows: list[list[tuple[Box, Line]]] = []
    for box, segment in sorted(
        ((_bounds(segment), segment) for segment in segments), key=lambda item: item[0].top + item[0].bottom
    ):
        middle = (box.top + box.bottom) / 2
        if rows and rows[-1][0][0].top <= middle <= rows[-1][0][0].bottom:
            rows[-1].append((box, segment))
        else:
            rows.append([(box, segment)])
    return [[piece for _, segment in sorted(row, key=lambda item: item[0].left) for piece in segment] for row in rows]
