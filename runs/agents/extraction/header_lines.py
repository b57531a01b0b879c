"""Headers of tables that have several lines, joined to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from runs.agents.extraction.headers import Head, heads_of, name_of, named, stacked
from runs.agents.extraction.rows import Row, Sheet, fold
from runs.documents.pages import around

MONEY = re.compile(r"\d[.,]\d{2}(?!\d)|(?:[€$£₹]|\b(?:Rs\.?|[A-Z]{3})) ?\d")
"""What looks like an amount, for telling headers and goods apart."""

_LONGEST_HEAD = 20
_FEWEST = 3


def header_at(sheet: Sheet, index: int) -> tuple[list[Head], int]:
    """Give the header that begins at a row, and the row it ends with; an empty one where none does."""
    heads, end = _of_several_lines(sheet, index)
    alone = heads_of(sheet.rows[index])
    if alone and len(alone) >= len(heads):
        return _with_lines_around(sheet, alone, index)
    return heads, end


def _of_several_lines(sheet: Sheet, index: int) -> tuple[list[Head], int]:
    """Read a header none of whose lines is one by itself."""
    for count in (3, 2):
        rows = sheet.rows[index : index + count + 1]
        if len(rows) <= count or len(rows[count].cells) < _FEWEST or not MONEY.search(_text(rows[count])):
            continue
        if _says_little(rows[0]) and all(_is_header_line(below, above) for above, below in pairwise(rows[:count])):
            heads = stacked(rows[:count])
            if _opens_goods(rows[count - 1], heads):
                continue
            if len(heads) > max(count, *(len(heads_of(row)) for row in rows[1:count])):
                return named(heads), index + count - 1
    return [], index


def _text(row: Row) -> str:
    return " ".join(cell.text for cell in row.cells)


def _with_lines_around(sheet: Sheet, heads: list[Head], index: int) -> tuple[list[Head], int]:
    """Join a header's lines above and below the one that was recognised: short words close by, without any digit."""
    if any(head.box is None for head in heads):
        return named(heads), index
    most = len(sheet.rows[index].cells) + 2
    if index > 0 and _is_header_line(sheet.rows[index - 1], sheet.rows[index], most):
        heads = _joined(heads, sheet.rows[index - 1], above=True)
    following = sheet.rows[index + 1] if index + 2 < len(sheet.rows) else None
    if following and _is_header_line(following, sheet.rows[index], most):
        joined = _joined(heads, following, above=False)
        if not _opens_goods(following, joined):
            heads, index = joined, index + 1
    return named(heads), index


def _is_header_line(row: Row, main: Row, most: int = 99) -> bool:
    """Whether a row is close to a header and has nothing but short words."""
    box, other = row.cells[0].box, main.cells[0].box
    if box is None or other is None:
        return False
    gap = max(box.top, other.top) - min(box.bottom, other.bottom)
    return len(row.cells) <= most and _says_little(row) and gap < 0.6 * (other.bottom - other.top)


def _opens_goods(row: Row, heads: Sequence[Head]) -> bool:
    """Whether the last line of a header is rather the first of the goods below: one cell, of no header known."""
    if len(row.cells) > 1:
        return False
    text = row.cells[0].text
    return not any(name_of(fold(head.text)) for head in heads if head.text.endswith(text))


def _says_little(row: Row) -> bool:
    return all(
        len(cell.text) <= _LONGEST_HEAD and not cell.text.endswith(":") and not any(map(str.isdigit, cell.text))
        for cell in row.cells
    )


def _joined(heads: list[Head], row: Row, *, above: bool) -> list[Head]:
    joined = list(heads)
    for cell in row.cells:
        assert cell.box is not None
        over = [
            (min(cell.box.right, head.box.right) - max(cell.box.left, head.box.left), at)
            for at, head in enumerate(joined)
            if head.box is not None
        ]
        shared, at = max(over)
        if shared <= 0:
            joined.append(Head(name_of(cell.folded), cell.text, cell.box))
            continue
        head = joined[at]
        text = f"{cell.text} {head.text}" if above else f"{head.text} {cell.text}"
        plain = text.replace("- ", "").replace("/ ", "/")
        joined[at] = Head(
            name_of(fold(plain)) or head.name or name_of(cell.folded), text, around((head.box, cell.box))
        )
    return sorted(joined, key=lambda head: head.box.left if head.box else 0.0)
