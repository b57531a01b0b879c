"""Columns: which cells of a row stand under which cells of a header above it."""

from __future__ import annotations

from collections.abc import Sequence

from runs.agents.extraction.rows import Cell
from runs.documents.pages import Box

_REACH = 60.0
"""How far beside its header a cell may stand, in points."""


def column_of(box: Box, headers: Sequence[Box]) -> int | None:
    """Give the header a box stands under: the one it shares most of its width with, else the nearest."""
    best: tuple[float, int] | None = None
    for index, header in enumerate(headers):
        shared = min(box.right, header.right) - max(box.left, header.left)
        if shared < -_REACH:
            continue
        if best is None or shared > best[0]:
            best = (shared, index)
    return None if best is None else best[1]


def aligned(cells: Sequence[Cell], headers: Sequence[Cell]) -> list[tuple[int, Cell]]:
    """Give for each cell the index of its header, leaving out what stands under none.

    Without a layout, cells stand under headers where there are as many of both.
    """
    boxes = [header.box for header in headers if header.box is not None]
    if len(boxes) < len(headers):
        return list(enumerate(cells)) if len(cells) == len(headers) else []
    found = []
    for cell in cells:
        column = column_of(cell.box, boxes) if cell.box is not None else None
        if column is not None:
            found.append((column, cell))
    return found
