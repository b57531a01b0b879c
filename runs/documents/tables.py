"""The tables of documents with a layout: found by the rules between their cells, else by their columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import overload

from runs.documents.aligned_tables import aligned_tables
from runs.documents.pages import Box, Page, Table, Word
from runs.documents.ruled_tables import ruled_tables

_CHANCE = 6.0
"""By how many points the sides of a table may differ from page to page."""
_MOST_BETWEEN = 3
"""How many lines may stand between the parts of a table on two pages: the rest of a cell, a sum carried over."""
_MOST_BETWEEN_ALIKE = 12
"""The same where the second part repeats the first row."""


class Tables(Sequence[Table]):
    """The tables of a document, found when somebody first asks for one."""

    def __init__(self, pages: Sequence[Page], rules: Sequence[Sequence[Box]]) -> None:
        self._pages, self._rules = pages, rules

    @cached_property
    def _found(self) -> list[Table]:
        found: list[Table] = []
        before: Table | None = None
        for page, rules in zip(self._pages, self._rules, strict=True):
            tables = tables_of(page, rules)
            if tables and before is not None and _goes_on(before, tables[0], self._pages[before.page - 1], page):
                tables[0] = replace(tables[0], continues=True)
            found += tables
            before = tables[-1] if tables else None
        return found

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Table: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Table]: ...
    def __getitem__(self, index: int | slice) -> Table | Sequence[Table]:
        return self._found[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def tables_of(page: Page, rules: Sequence[Box]) -> list[Table]:
    """Find the tables of one page, from top to bottom. ``rules`` are the straight lines drawn on it."""
    words = [word for word in page.words if word.box is not None]
    found = ruled_tables(page.number, words, rules)
    frames = [table.box for table in found if table.box is not None]
    free = [word for word in words if word.box and not any(_holds(frame, word.box) for frame in frames)]
    found += aligned_tables(page.number, free)
    return sorted(found, key=lambda table: table.box.top if table.box else 0.0)


def _holds(frame: Box, box: Box) -> bool:
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return frame.left <= x <= frame.right and frame.top <= y <= frame.bottom


def _goes_on(before: Table, after: Table, page: Page, next_page: Page) -> bool:
    """Whether a table is the rest of the last one of the page before: as wide, and nothing but margins between."""
    one, two = before.box, after.box
    if len(before.rows[0]) != len(after.rows[0]) or page.number != next_page.number - 1 or one is None or two is None:
        return False
    if abs(one.left - two.left) > _CHANCE or abs(one.right - two.right) > _CHANCE:
        return False
    margins = {_place(word) for word in page.words} & {_place(word) for word in next_page.words}
    below = [word for word in page.words if word.box and word.box.top > one.bottom + 1 and _place(word) not in margins]
    above = [word for word in next_page.words if word.box and word.box.bottom < two.top - 1]
    between = _line_count(below) + _line_count(word for word in above if _place(word) not in margins)
    is_repeated = [cell.text for cell in before.rows[0]] == [cell.text for cell in after.rows[0]]
    return between <= (_MOST_BETWEEN_ALIKE if is_repeated else _MOST_BETWEEN)


def _place(word: Word) -> tuple[str, int, int]:
    box = word.box or (0.0, 0.0)
    return word.text if not word.text.isdigit() else "0", round(box[0] / 4), round(box[1] / 4)


def _line_count(words: Iterable[Word]) -> int:
    tops = sorted(word.box.top for word in words if word.box)
    return sum(after - before > 4 for before, after in pairwise([float("-inf"), *tops]))
