"""Tables whose cells are parted by lines."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from runs.documents.pages import Box, Cell, Table, Word, around, text_of

_NEAR = 3.0
"""Points. Lines no farther apart are one, or meet."""
_COVERED = 0.6
"""How much of a cell's side must be drawn for the cell to end there."""
_MOST_LINES = 600
_MOST_CELLS = 5_000
_LEAST_FILLED = 3

_Span = tuple[float, float, float]
"""Where a line stands across its direction, and from where to where it goes along it."""


def ruled_tables(number: int, words: Sequence[Word], rules: Sequence[Box]) -> list[Table]:
    """Find the tables that are ruled in both directions, two rows and two columns at least."""
    if not 4 <= len(rules) <= _MOST_LINES * 4:
        return []
    across = _merged([((box.top + box.bottom) / 2, box.left, box.right) for box in rules if _is_across(box)])
    down = _merged([((box.left + box.right) / 2, box.top, box.bottom) for box in rules if not _is_across(box)])
    if len(across) + len(down) > _MOST_LINES:
        return []
    tables = []
    for rows, columns in _grids(across, down):
        table = _table(number, words, rows, columns)
        if table is not None:
            tables.append(table)
    return tables


def _is_across(rule: Box) -> bool:
    return rule.right - rule.left >= rule.bottom - rule.top


def _merged(spans: list[_Span]) -> list[_Span]:
    """Join lines that lie on one another or go on where another ends."""
    merged: list[_Span] = []
    for place, begin, end in sorted(spans):
        index = _joining(merged, place, begin, end)
        if index is None:
            merged.append((place, begin, end))
        else:
            other, other_begin, other_end = merged[index]
            merged[index] = (other, min(begin, other_begin), max(end, other_end))
    return merged


def _joining(merged: list[_Span], place: float, begin: float, end: float) -> int | None:
    for index in range(len(merged) - 1, -1, -1):
        other, other_begin, other_end = merged[index]
        if place - other > _NEAR:
            return None
        if begin <= other_end + _NEAR and end >= other_begin - _NEAR:
            return index
    return None


def _grids(across: list[_Span], down: list[_Span]) -> list[tuple[list[_Span], list[_Span]]]:
    """Sort lines into those that hang together."""
    owner = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while owner[index] != index:
            owner[index] = owner[owner[index]]
            index = owner[index]
        return index

    for index, (y, left, right) in enumerate(across):
        for other, (x, top, bottom) in enumerate(down, len(across)):
            if left - _NEAR <= x <= right + _NEAR and top - _NEAR <= y <= bottom + _NEAR:
                owner[root(index)] = root(other)
    groups: dict[int, tuple[list[_Span], list[_Span]]] = {}
    for index, line in enumerate(across + down):
        groups.setdefault(root(index), ([], []))[index >= len(across)].append(line)
    return [group for group in groups.values() if len(group[0]) >= 3 and len(group[1]) >= 3]


def _table(number: int, words: Sequence[Word], across: list[_Span], down: list[_Span]) -> Table | None:
    ys, xs = _places(across), _places(down)
    height, width = len(ys) - 1, len(xs) - 1
    if height < 2 or width < 2 or height * width > _MOST_CELLS:
        return None
    # A cell that nothing parts from the one before is part of that: first along the row, then down the column.
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(height):
        for column in range(width):
            place = (row, column)
            if column and not _is_drawn(down, xs[column], ys[row], ys[row + 1]):
                owner[place] = owner[row, column - 1]
            elif row and not _is_drawn(across, ys[row], xs[column], xs[column + 1]):
                owner[place] = owner[row - 1, column]
            else:
                owner[place] = place
    members: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        found = word.box and _cell_of(word.box, xs, ys)
        if found:
            members.setdefault(owner[found], []).append(word)
    if len(members) < _LEAST_FILLED:
        return None
    boxes = _boxes(owner, xs, ys)
    rows = [[_cell((row, column), members, boxes) for column in range(width)] for row in range(height)]
    rows, columns = [row for row in rows if any(cell.text for cell in row)], range(width)
    kept = [column for column in columns if any(row[column].text for row in rows)]
    rows = [[row[column] for column in kept] for row in rows]
    rows = [line for row in rows for line in _lines(row, words)]
    if len(rows) < 2 or len(kept) < 2 or sum(_is_parted(row) for row in rows) < len(rows) / 2:
        return None
    return Table(number, Box(xs[0], ys[0], xs[-1], ys[-1]), rows)


def _places(spans: list[_Span]) -> list[float]:
    places: list[float] = []
    for place, _, _ in sorted(spans):
        if not places or place - places[-1] > _NEAR:
            places.append(place)
    return places


def _is_drawn(spans: list[_Span], place: float, begin: float, end: float) -> bool:
    covered = sum(
        max(0.0, min(end, stop) - max(begin, start)) for at, start, stop in spans if abs(at - place) <= _NEAR
    )
    return covered >= (end - begin) * _COVERED


def _cell_of(box: Box, xs: list[float], ys: list[float]) -> tuple[int, int] | None:
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    if not (xs[0] <= x <= xs[-1] and ys[0] <= y <= ys[-1]):
        return None
    return bisect_left(ys, y, 1, len(ys) - 1) - 1, bisect_left(xs, x, 1, len(xs) - 1) - 1


def _boxes(
    owner: dict[tuple[int, int], tuple[int, int]], xs: list[float], ys: list[float]
) -> dict[tuple[int, int], Box]:
    parts: dict[tuple[int, int], list[Box]] = {}
    for (row, column), first in owner.items():
        parts.setdefault(first, []).append(Box(xs[column], ys[row], xs[column + 1], ys[row + 1]))
    return {first: box for first, boxes in parts.items() if (box := around(boxes))}


def _cell(
    place: tuple[int, int], members: dict[tuple[int, int], list[Word]], boxes: dict[tuple[int, int], Box]
) -> Cell:
    """A cell of its own; the others of one that spans several are empty."""
    if place not in boxes:
        return Cell("")
    words = sorted(members.get(place, ()), key=lambda word: word.start)
    return Cell(text_of(words), boxes[place])


def _is_parted(row: list[Cell]) -> bool:
    return sum(bool(cell.text) for cell in row) > 1


def _lines(row: list[Cell], words: Sequence[Word]) -> list[list[Cell]]:
    """Cut a row whose cells all have as many lines: some tables draw a rule below every few rows only."""
    filled = [cell for cell in row if cell.text and cell.box]
    if len(filled) < _LEAST_FILLED:
        return [row]
    inside: dict[int, list[Word]] = {index: [] for index, cell in enumerate(row) if cell in filled}
    for word in words:
        for index in inside:
            frame = row[index].box
            if frame and word.box and _holds(frame, word.box):
                inside[index].append(word)
    levels = {index: _levels(found) for index, found in inside.items()}
    count = max(len(found) for found in levels.values())
    if count < 2 or sum(len(found) == count for found in levels.values()) < 0.8 * len(levels):
        return [row]
    tops = sorted(next(found for found in levels.values() if len(found) == count))
    lines = []
    for top, next_top in zip(tops, [*tops[1:], float("inf")], strict=True):
        line = []
        for index, cell in enumerate(row):
            found = [word for word in inside.get(index, ()) if word.box and top - 2 <= word.box.top < next_top - 2]
            line.append(Cell(text_of(found), around(word.box for word in found)) if found else Cell("", cell.box))
        lines.append(line)
    return lines


def _levels(words: list[Word]) -> list[float]:
    levels: list[float] = []
    for top in sorted(word.box.top for word in words if word.box):
        if not levels or top - levels[-1] > 4:
            levels.append(top)
    return levels


def _holds(frame: Box, box: Box) -> bool:
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return frame.left <= x <= frame.right and frame.top <= y <= frame.bottom
