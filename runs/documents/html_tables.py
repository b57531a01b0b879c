"""The tables of a web page, as rows of cells; those that only lay a page out are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from runs.documents.characters import clean
from runs.documents.pages import Cell, Table

LARGEST_SPAN: Final = 100
MOST_CELLS: Final = 20_000
"""Of all tables of a page. What stands in further ones is text all the same."""

_CELLS = ("td", "th")
_BREAKS = ("br", "p", "div", "li")
_ROLES_OF_LAYOUT = ("presentation", "none")

Unseen = Callable[[etree._Element], bool]


def tables_of(root: etree._Element, is_unseen: Unseen) -> list[Table]:
    """Find the tables of two rows and columns at least. A cell that spans others has its text in the first of them."""
    tables = []
    room = MOST_CELLS
    for element in _seen(root, is_unseen):
        if element.tag != "table" or element.get("role") in _ROLES_OF_LAYOUT or element.find(".//table") is not None:
            continue
        rows = _rows(element, is_unseen, room)
        room -= sum(map(len, rows))
        if room < 0:
            break
        if len(rows) > 1 and len(rows[0]) > 1:
            tables.append(Table(1, None, [[Cell(text) for text in row] for row in rows]))
    return tables


def _rows(table: etree._Element, is_unseen: Unseen, room: int) -> list[list[str]]:
    grid: dict[tuple[int, int], str] = {}
    count = 0
    for row in _seen(table, is_unseen):
        if row.tag != "tr":
            continue
        column = 0
        for cell in row:
            if cell.tag not in _CELLS or is_unseen(cell):
                continue
            while (count, column) in grid:
                column += 1
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            for place in ((count + y, column + x) for y in range(down) for x in range(across)):
                grid.setdefault(place, "")
            grid[count, column] = _text(cell, is_unseen)
            column += across
            if len(grid) > room:
                return [[""] * (room + 1)]
        count += 1
    width = max((column + 1 for row, column in grid if row < count), default=0)
    rows = [[grid.get((row, column), "") for column in range(width)] for row in range(count)]
    return [row for row in rows if any(row)]


def _span(cell: etree._Element, name: str) -> int:
    text = (cell.get(name) or "").strip()
    return min(max(int(text), 1), LARGEST_SPAN) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _text(cell: etree._Element, is_unseen: Unseen) -> str:
    parts: list[str] = []
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if is_unseen(element):
                walk.skip_subtree()
            else:
                parts += (" " if element.tag in _BREAKS else "", element.text or "")
        elif element is not cell:
            parts += (" " if element.tag in _BREAKS else "", element.tail or "")
    return " ".join(clean("".join(parts)).split())


def _seen(root: etree._Element, is_unseen: Unseen) -> Iterator[etree._Element]:
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if is_unseen(element):
            walk.skip_subtree()
        else:
            yield element
