"""Tables of goods and services, read from rows of cells below a header that names its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runs.agents.extraction.amounts import CURRENCIES
from runs.agents.extraction.columns import column_of
from runs.agents.extraction.header_lines import MONEY, header_at
from runs.agents.extraction.headers import Head, heads_of
from runs.agents.extraction.phrases import CLOSING, phrase_of
from runs.agents.extraction.rows import Row, Sheet
from runs.documents.pages import Box, Word, around

_GOODS = frozenset(("description", "article_number"))
_NUMERIC = frozenset(("quantity", "unit_price", "tax_rate", "discount", "tax_amount", "amount"))
_NUMBER = re.compile(r"^\W{0,3}\D{0,4}\d")
_NUMBER_LIKE = re.compile(r"^[-+(]?[\d.,'%]+[%)]?-?$|^[€$£]$|^[A-Z]{3}$|^[A-Za-z]{1,4}\.?$")
_FIGURE = re.compile(r"[^\w]{0,3}(?:[A-Z]{3} ?)?[-+]?\d")
_MOST_ROWS = 2000
_IDLE_ROWS = 5
_AHEAD = 3


@dataclass(slots=True)
class Item:
    """A row of a table: the words of each column, line by line."""

    sheet: Sheet
    row_index: int
    columns: list[list[Word]]
    above: list[Word] = field(default_factory=list)
    more: list[list[Word]] = field(default_factory=list)
    """Further lines of the description."""


@dataclass(slots=True)
class Items:
    """A table below its header."""

    heads: list[Head]
    rows: list[Item]


def find_items(sheets: Sequence[Sheet]) -> list[Items]:
    """Give the tables of goods and services of a document; one that goes on on the next page is one."""
    found: list[Items] = []
    for sheet in sheets:
        index = 0
        while index < len(sheet.rows):
            start = index
            heads, index = header_at(sheet, index)
            if not heads:
                index += 1
                continue
            rows, index = _body(sheet, heads, index + 1)
            index = max(index, start + 1)
            if not rows:
                continue
            if found and [head.text for head in found[-1].heads] == [head.text for head in heads]:
                found[-1].rows += rows[: _MOST_ROWS - len(found[-1].rows)]
            else:
                found.append(Items(heads, rows[:_MOST_ROWS]))
    return found


def _body(sheet: Sheet, heads: Sequence[Head], index: int) -> tuple[list[Item], int]:
    """Give the rows below a header, and the index of the row that ends them."""
    items: list[Item] = []
    above: list[Word] = []  # the first line of goods whose numbers stand in the middle of several lines
    idle = 0
    is_open = True
    while index < len(sheet.rows):
        row = sheet.rows[index]
        columns = _columns(sheet, row, heads)
        is_whole = columns is not None and _is_whole(columns, heads)
        if heads_of(row) or _heads_sums(row) or (not is_whole and _closes(row)):
            if not _is_subtotal(row) or not _goes_on(sheet, heads, index):
                break
            index, is_open = index + 1, False
            continue
        if columns is not None and _is_item(columns, heads):
            items.append(Item(sheet, index, columns, above=above))
            above, idle, is_open = [], 0, True
        elif columns is not None and _belongs_below(columns, heads, sheet, index):
            above = [word for words in columns for word in words]
        elif items and is_open and columns is not None and _continues(columns, heads, sheet, items[-1], index):
            items[-1].more.append([word for words in columns for word in words])
        else:
            idle += 1
            if idle > _IDLE_ROWS:
                break
        index += 1
    return items, index


def _goes_on(sheet: Sheet, heads: Sequence[Head], index: int) -> bool:
    """Whether what closes a part of the table is soon followed by more goods."""
    for row in sheet.rows[index + 1 : index + 1 + _AHEAD]:
        if heads_of(row) or _heads_sums(row):
            return False
        columns = _columns(sheet, row, heads)
        if columns is not None and _is_whole(columns, heads):
            return True
    return False


def _is_whole(columns: Sequence[Sequence[Word]], heads: Sequence[Head]) -> bool:
    """Whether a row has goods, a quantity, a price and an amount, whatever its goods are called."""
    texts = {head.name: " ".join(word.text for word in words) for head, words in zip(heads, columns, strict=True)}
    numbers = [texts.get(name, "") for name in ("quantity", "unit_price", "amount")]
    return any(map(str.isalpha, texts.get("description", ""))) and all(map(_FIGURE.match, numbers))


def _heads_sums(row: Row) -> bool:
    """Whether a row heads a table of net, tax and gross, which follows what was charged."""
    if any(MONEY.search(cell.text) for cell in row.cells):
        return False
    roles = [phrase.role for cell in row.cells if len(cell.text) < 40 and (phrase := phrase_of(cell.folded))]
    return len({"net_total" if role == "base" else role for role in roles if role in CLOSING}) >= 2


def _closes(row: Row) -> bool:
    """Whether a row is a total: a phrase that names one before money."""
    return _closing_role(row) in CLOSING


def _is_subtotal(row: Row) -> bool:
    return _closing_role(row) == "net_total"


def _closing_role(row: Row) -> str | None:
    said = ""
    for cell in row.cells:
        if MONEY.search(cell.text):
            words = re.split(r"\d", cell.folded)[0].strip(" -+(")
            phrase = phrase_of(said if not words or words in CURRENCIES else words)
            return phrase.role if phrase else None
        if any(map(str.isalpha, cell.text)):
            said = cell.folded
    return None


def _columns(sheet: Sheet, row: Row, heads: Sequence[Head]) -> list[list[Word]] | None:
    """Put the words of a row under the headers; None where what stands there is no row of the table."""
    columns: list[list[Word]] = [[] for _ in heads]
    boxes = [head.box for head in heads if head.box is not None]
    if len(boxes) < len(heads):
        return _in_text(sheet, row, heads, columns)
    for cell in row.cells:
        if cell.box is None:
            return None
        under = [
            at for at, box in enumerate(boxes) if min(cell.box.right, box.right) - max(cell.box.left, box.left) > 0
        ]
        if len(under) <= 1:
            column = column_of(cell.box, boxes)
            if column is not None:
                columns[column] += cell.words
            continue
        last = under[0]
        for word in cell.words:
            assert word.box is not None
            nearest = column_of(word.box, boxes)
            overlaps = nearest is not None and min(word.box.right, boxes[nearest].right) > max(
                word.box.left, boxes[nearest].left
            )
            if (
                nearest is not None
                and nearest >= last
                and (_NUMBER_LIKE.match(word.text) or heads[last].name != "description")
            ):
                last = nearest if overlaps or _is_number(word) else last
            columns[last].append(word)
    return columns


def _is_number(word: Word) -> bool:
    return any(map(str.isdigit, word.text))


def _in_text(sheet: Sheet, row: Row, heads: Sequence[Head], columns: list[list[Word]]) -> list[list[Word]] | None:
    """Put a row of plain text under its headers: cell by cell where there are as many of both."""
    if len(row.cells) != len(heads):
        return None
    for column, cell in zip(columns, row.cells, strict=True):
        column += cell.words
    return columns


def _is_item(columns: Sequence[Sequence[Word]], heads: Sequence[Head]) -> bool:
    """Whether a row holds numbers where its headers promise them: an amount or a price, or a quantity beside goods."""
    numeric = {
        head.name
        for head, words in zip(heads, columns, strict=True)
        if head.name in _NUMERIC and words and _NUMBER.match(" ".join(word.text for word in words))
    }
    filled = {head.name for head, words in zip(heads, columns, strict=True) if words}
    if {head.name for head in heads} & _GOODS and not filled & (_GOODS | {"quantity"}):
        return False  # a total whose name was not understood
    return ("amount" in numeric or {"unit_price", "quantity"} <= numeric) and sum(map(bool, columns)) >= 2


def _belongs_below(columns: Sequence[Sequence[Word]], heads: Sequence[Head], sheet: Sheet, index: int) -> bool:
    """Whether a row has goods alone and is closer to the row below it, with its numbers, than to the one above."""
    if [head.name for head, words in zip(heads, columns, strict=True) if words] != ["description"]:
        return False
    if not 0 < index < len(sheet.rows) - 1:
        return False
    before, here, after = (sheet.rows[at].cells[0].box for at in (index - 1, index, index + 1))
    if before is None or here is None or after is None:
        return False
    has_money = any(MONEY.search(cell.text) for cell in sheet.rows[index + 1].cells)
    top = min(cell.box.top for cell in sheet.rows[index + 1].cells if cell.box is not None)
    return (
        has_money
        and top - here.bottom < 0.7 * (here.top - before.bottom)
        and top - here.bottom < 0.5 * (here.bottom - here.top)
    )


def _continues(columns: Sequence[Sequence[Word]], heads: Sequence[Head], sheet: Sheet, item: Item, index: int) -> bool:
    """Whether a row goes on with the description above it: words in that column alone, right below."""
    filled = [head.name for head, words in zip(heads, columns, strict=True) if words]
    if filled != ["description"] or item.sheet is not sheet or len(item.more) >= _IDLE_ROWS:
        return False
    above, below = sheet.rows[index - 1].cells[0].box, sheet.rows[index].cells[0].box
    return above is None or below is None or below.top - above.bottom < 1.5 * (below.bottom - below.top)


def lines_of(item: Item, column: int, heads: Sequence[Head]) -> Iterator[list[Word]]:
    """Give the words of a cell, line by line."""
    if heads[column].name == "description" and item.above:
        yield item.above
    if item.columns[column]:
        yield item.columns[column]
    if heads[column].name == "description":
        yield from item.more


def box_of(words: Sequence[Word]) -> Box | None:
    """Give the box around words."""
    return around(word.box for word in words)
