"""Tables without rules, told by their columns.

A wrong table is worse than none: columns of prose, addresses beside each other and
lists of labels are left as the text they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from runs.documents.pages import Box, Cell, Table, Word, around, text_of

_CELL_GAP = 0.9
"""The least distance between cells of a row, in heights of their letters."""
_ROW_GAP = 2.2
"""The most between a table's rows, in heights: more ends it."""
_LARGEST_ROW_GAP = 9.0
"""The same between rows that are alike."""
_OVERLAP = 0.25
_LINE_GAP = 1.0
"""The most between lines of one cell, in heights."""
_LEAST_ROWS = 3
_NUMERIC_SHARE = 0.6
_LONG_CELL = 30
_MOST_LINES_OF_A_CELL = 8
_NOWHERE = Box(0, 0, 0, 0)
_CHANCE = 3.0
_NUMBER = re.compile(r"[-+(]?\s*(?:[A-Z]{3}|[€$£¥])?\s*[-+]?\d[\d.,'’ ]*\s*(?:%|[A-Z]{3}|[€$£¥])?\)?|[-–—]")

_ONE_WORD = re.compile(r"\S+")


class _Cell(NamedTuple):
    """Words beside each other, with no more than a space between them; later also those of further lines."""

    text: str
    box: Box

    @classmethod
    def of(cls, words: list[Word]) -> _Cell:
        return cls(text_of(words), around(word.box for word in words) or _NOWHERE)

    def with_below(self, cell: _Cell) -> _Cell:
        return _Cell(f"{self.text} {cell.text}", around((self.box, cell.box)) or _NOWHERE)


_Row = list[_Cell]


def aligned_tables(number: int, words: Sequence[Word]) -> list[Table]:
    tables = []
    for rows in _runs(list(_rows(words))):
        table = _aligned_table(number, rows)
        if table is not None:
            tables.append(table)
    return tables


def _rows(words: Sequence[Word]) -> Iterator[_Row]:
    """The rows of a page from top to bottom, each cut into cells at its gaps."""
    row: list[tuple[Box, Word]] = []
    upright = [(word.box, word) for word in words if word.box is not None]
    for box, word in sorted(upright, key=lambda item: item[0].top + item[0].bottom):
        if row and not row[0][0].top <= (box.top + box.bottom) / 2 <= row[0][0].bottom:
            yield _cells(row)
            row = []
        row.append((box, word))
    if row:
        yield _cells(row)


def _cells(row: list[tuple[Box, Word]]) -> _Row:
    cells: _Row = []
    current: list[Word] = []
    end = 0.0
    for box, word in sorted(row, key=lambda item: item[0].left):
        if current and box.left - end > (box.bottom - box.top) * _CELL_GAP:
            cells.append(_Cell.of(current))
            current = []
        current.append(word)
        end = max(end, box.right) if len(current) > 1 else box.right
    return [*cells, _Cell.of(current)]


def _runs(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Rows below each other with cells beside each other, and what stands between them: cells of several lines."""
    run: list[_Row] = []
    between: list[_Row] = []
    for row in rows:
        if len(row) == 1:
            between.append(row)
        elif run and _follows(run, between, row):
            run += [*between, row]
            between = []
        else:
            if run:
                yield [*run, *_wrapped_end(run, between)]
            run, between = [row], []
    if run:
        yield [*run, *_wrapped_end(run, between)]


def _follows(run: list[_Row], between: list[_Row], row: _Row) -> bool:
    rows = [run[-1], *between, row]
    widest = max(_gap(before, after) for before, after in pairwise(rows))
    several = [before for before in run if len(before) > 1][-4:]
    if any(_is_alike(before, row) for before in several):
        return widest <= _LARGEST_ROW_GAP and len(between) <= _MOST_LINES_OF_A_CELL
    is_like_none = len(row) > 2 and any(len(before) > 2 for before in several)
    return widest <= _ROW_GAP and len(between) <= 2 and not is_like_none


def _wrapped_end(run: list[_Row], between: list[_Row]) -> list[_Row]:
    end = []
    for before, after in pairwise([run[-1], *between]):
        if _gap(before, after) > _LINE_GAP:
            break
        end.append(after)
    return end[:_MOST_LINES_OF_A_CELL]


def _gap(before: _Row, after: _Row) -> float:
    return (after[0].box.top - max(cell.box.bottom for cell in before)) / _height(after)


def _is_alike(before: _Row, row: _Row) -> bool:
    """Whether three cells or more, and most, stand below one of another row, or have a side below one of its."""
    fewer, more = sorted((before, row), key=len)
    below = [[index for index, other in enumerate(more) if _are_below(cell, other)] for cell in fewer]
    if len(fewer) > 2 and all(len(found) == 1 for found in below) and len({found[0] for found in below}) == len(fewer):
        return True
    edges = [side for cell in before for side in (cell.box.left, cell.box.right)]
    alike = sum(
        any(min(abs(edge - cell.box.left), abs(edge - cell.box.right)) < _CHANCE for edge in edges) for cell in row
    )
    return alike >= 3 and alike >= 0.6 * len(row)


def _are_below(cell: _Cell, other: _Cell) -> bool:
    return cell.box.left < other.box.right and other.box.left < cell.box.right


def _height(row: _Row) -> float:
    return max(cell.box.bottom - cell.box.top for cell in row)


def _aligned_table(number: int, rows: list[_Row]) -> Table | None:
    bands = _bands([row for row in rows if len(row) > 1])
    placed: list[list[_Cell | None]] = []
    for row in rows:
        cells = _placed(row, bands)
        if cells is not None:
            placed.append(cells)
        elif len(placed) < len(rows) / 2:
            placed = []  # what does not fit stands above
        else:
            break
    if len(bands) < 2:
        return None
    placed = _joined(placed)
    if len(placed) < _LEAST_ROWS or not _reads_as_table(placed, len(bands)):
        return None
    box = around(cell.box for cells in placed for cell in cells if cell)
    return Table(number, box, [[Cell(cell.text, cell.box) if cell else Cell("") for cell in row] for row in placed])


def _bands(rows: list[_Row]) -> list[tuple[float, float]]:
    """The columns: where cells of rows stand, those of the fullest rows first, as wide as they do not meet."""
    bands: list[tuple[float, float]] = []
    for row in sorted(rows, key=len, reverse=True):
        for cell in row:
            left, right = cell.box.left, cell.box.right
            meeting = [band for band in bands if band[0] < right and left < band[1]]
            if not meeting:
                bands.append((left, right))
            elif len(meeting) == 1:
                bands.remove(meeting[0])
                bands.append((min(left, meeting[0][0]), max(right, meeting[0][1])))
    bands.sort()
    return bands


def _placed(row: _Row, bands: list[tuple[float, float]]) -> list[_Cell | None] | None:
    """A row's cells in their columns; None where two share one."""
    placed: list[_Cell | None] = [None] * len(bands)
    for cell in row:
        overlaps = [min(cell.box.right, band[1]) - max(cell.box.left, band[0]) for band in bands]
        best = max(range(len(bands)), key=overlaps.__getitem__)
        if placed[best] is not None:
            return None
        placed[best] = cell
    return placed


def _reads_as_table(grid: list[list[_Cell | None]], width: int) -> bool:
    """Whether cells are those of a table: some column holds numbers or single words, and one at most sentences."""
    columns = [[cell.text for row in grid if (cell := row[index])] for index in range(width)]
    used = [column for column in columns if len(column) > 1]
    if width - len(used) > width // 3 or len(used) < 2:
        return False
    numeric = sum(_share(column[1:], _NUMBER) >= _NUMERIC_SHARE for column in used)
    long = sum(median(map(len, column)) > _LONG_CELL for column in used)
    filled = sum(map(len, used)) / (len(used) * len(grid))
    if width == 2:
        return long <= 1 and filled > 0.75 and _share(used[0], _NUMBER) < 1 and _share(used[1][1:], _NUMBER) > 0.8
    terse = any(_share(column[1:], _ONE_WORD) == 1 for column in used[1:])
    return long <= 1 and filled > 0.5 and (numeric > 0 or (terse and filled > 0.85))


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(text) is not None for text in texts) / max(1, len(texts))


def _joined(grid: list[list[_Cell | None]]) -> list[list[_Cell | None]]:
    """Join what wraps: a row of one cell close below one of its column, and rows that reach into another."""
    joined: list[list[_Cell | None]] = []
    for row in grid:
        filled = [index for index, cell in enumerate(row) if cell]
        above: list[_Cell | None] = joined[-1] if joined else [None] * len(row)
        if _overlap(above, row) > _OVERLAP or (len(filled) == 1 and _goes_on(above[filled[0]], row[filled[0]])):
            joined[-1] = [
                one.with_below(two) if one and two else one or two for one, two in zip(above, row, strict=True)
            ]
        elif len(filled) > 1 or not joined:
            joined.append(list(row))
    return [row for row in joined if sum(cell is not None for cell in row) > 1]


def _overlap(above: list[_Cell | None], row: list[_Cell | None]) -> float:
    """How much of a row's height lies within the row above it: cells of a header may stand at half lines."""
    before, cells = [cell for cell in above if cell], [cell for cell in row if cell]
    if not before:
        return 0.0
    return (max(cell.box.bottom for cell in before) - min(cell.box.top for cell in cells)) / _height(cells)


def _goes_on(above: _Cell | None, cell: _Cell | None) -> bool:
    return bool(above and cell and cell.box.top - above.box.bottom < _height([cell]) * _LINE_GAP)
