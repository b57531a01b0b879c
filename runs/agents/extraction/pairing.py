"""From a label to its value: after it in its cell, right of it in its row, or below it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from runs.agents.extraction.labels import LabelFound, find_labels
from runs.agents.extraction.rows import Cell, Sheet, Spot
from runs.documents import Word

Relation = Literal["inside", "right", "below"]

_ROWS_BELOW = 3
_REACH_BELOW = 4.0
_CELLS_RIGHT = 8
_SENTENCE = 60
_CONNECTING = " :.,#°-/\u00b7|()*"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a cell in which a label's value may stand. ``end`` is where the next label begins."""

    row_index: int
    cell: Cell
    start: int
    end: int
    relation: Relation


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label on a page."""

    sheet: Sheet
    row_index: int
    column: int
    found: LabelFound

    @property
    def cell(self) -> Cell:
        """The cell it stands in."""
        return self.sheet.rows[self.row_index].cells[self.column]

    @property
    def words(self) -> list[Word]:
        """The words it consists of."""
        return [
            word
            for word, offset in zip(self.cell.words, self.cell.offsets, strict=True)
            if offset < self.found.end and offset + len(word.text) > self.found.start
        ]

    @property
    def opens_cell(self) -> bool:
        """Whether nothing but a sign or a number stands before it in its cell."""
        return not any(map(str.isalpha, self.cell.folded[: self.found.start]))

    def spot(self, place: Place, start: int, end: int) -> Spot:
        """Give the spot of a value at these places of a place's cell."""
        return Spot(self.sheet, place.cell, start, end, place.row_index, self.words)


def labels_on(sheet: Sheet) -> Iterator[Labelled]:
    """Give every label of a page."""
    for row_index, row in enumerate(sheet.rows):
        for column, cell in enumerate(row.cells):
            for found in find_labels(cell.folded):
                yield Labelled(sheet, row_index, column, found)


def places_for(labelled: Labelled) -> Iterator[Place]:
    """Give the places where a label's value may stand, the likeliest first."""
    cell, found = labelled.cell, labelled.found
    end = _next_label(cell, found.end)
    if cell.text[found.end : end].strip(_CONNECTING):
        yield Place(labelled.row_index, cell, found.end, end, "inside")
    if cell.text[found.end : end].strip(_CONNECTING) and len(cell.text) > _SENTENCE:
        return  # the label is a word of a sentence
    if end == len(cell.text):
        yield from _places_right(labelled)
    yield from _places_below(labelled)


def _places_right(labelled: Labelled) -> Iterator[Place]:
    cells = labelled.sheet.rows[labelled.row_index].cells
    taken = 0
    for cell in cells[labelled.column + 1 :]:
        if not any(map(str.isalnum, cell.text)):
            continue
        end = _next_label(cell, 0)
        if end > 0:
            yield Place(labelled.row_index, cell, 0, end, "right")
        taken += 1
        if end < len(cell.text) or taken == _CELLS_RIGHT:
            return


def _places_below(labelled: Labelled) -> Iterator[Place]:
    rows = labelled.sheet.rows
    for row_index in range(labelled.row_index + 1, min(labelled.row_index + 1 + _ROWS_BELOW, len(rows))):
        cell = _below(labelled, row_index)
        if cell is None:
            continue
        end = _next_label(cell, 0)
        if end > 0:
            yield Place(row_index, cell, 0, end, "below")
        return


def _below(labelled: Labelled, row_index: int) -> Cell | None:
    cells = labelled.sheet.rows[row_index].cells
    box = labelled.cell.box
    if box is None:
        same_shape = len(cells) > labelled.column and row_index == labelled.row_index + 1
        return cells[labelled.column] if same_shape else None
    left, right = _extent(labelled)
    height = box.bottom - box.top
    for cell in cells:
        if cell.box is None or cell.box.top - box.bottom > height * _REACH_BELOW:
            continue
        if min(cell.box.right, right) - max(cell.box.left, left) > 0:
            return cell
    return None


def _extent(labelled: Labelled) -> tuple[float, float]:
    """Give the label's own left and right edge, for a cell may hold several labels."""
    boxes = [word.box for word in labelled.words if word.box is not None]
    return min(box.left for box in boxes), max(box.right for box in boxes)


def _next_label(cell: Cell, start: int) -> int:
    labels = find_labels(cell.folded)
    for index in range(bisect_left(labels, start, key=lambda label: label.start), len(labels)):
        if labels[index].label.strength > 0.5:
            return labels[index].start
    return len(cell.text)
