"""The tables a file marks as such, typed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.header_lines import MONEY
from runs.agents.extraction.headers import name_of
from runs.agents.extraction.phrases import CLOSING, phrase_of
from runs.agents.extraction.rows import fold
from runs.agents.extraction.table_cells import cell_of, grounding_of, row_confidence, typed_columns
from runs.agents.extraction.table_fields import ExtractedTable, TableColumn, TableRow
from runs.documents import Page, Reading, find_quote
from runs.documents.pages import Cell, Table

MAX_ROWS = 2000
_GOODS = frozenset(("description", "quantity", "article_number"))


def marked_tables(reading: Reading, conventions: Conventions) -> list[ExtractedTable]:
    """Give a reading's tables, those that go on on the next page as one; without what has no second row or column."""
    pages = {page.number: page for page in reading.pages}
    made = (_marked(parts, pages, conventions) for parts in _joined(reading.tables))
    return [table for table in made if table is not None]


def _joined(tables: Sequence[Table]) -> list[list[Table]]:
    """Put a table and what of it stands on the following pages together."""
    joined: list[list[Table]] = []
    for table in tables:
        if table.continues and joined and len(joined[-1][0].rows[0]) == len(table.rows[0]):
            joined[-1].append(table)
        else:
            joined.append([table])
    return joined


def _marked(parts: Sequence[Table], pages: dict[int, Page], conventions: Conventions) -> ExtractedTable | None:
    width = max((len(row) for part in parts for row in part.rows), default=0)
    rows = [
        (part.page, row)
        for part in parts
        for row in part.rows
        if part.page in pages and len(row) == width and any(cell.text.strip() for cell in row)
    ][:MAX_ROWS]
    if len(rows) < 2 or width < 2:
        return None
    heads = [" ".join(cell.text.split()) for cell in rows[0][1]]
    if _names_columns(heads):
        rows = [(page, row) for page, row in rows[1:] if [" ".join(cell.text.split()) for cell in row] != heads]
    else:
        heads = [""] * width
    names = [name_of(fold(head)) for head in heads]
    is_items = bool({"amount", "unit_price"} & set(names)) and bool(_GOODS & set(names))
    if is_items:
        rows = list(takewhile(lambda each: not _closes(each[1], names), rows))
    if not rows:
        return None
    columns = typed_columns(heads, names, [[cell.text.strip() for cell in row] for _, row in rows], conventions)
    return ExtractedTable(
        name="line_items" if is_items else "table",
        page=rows[0][0],
        columns=columns,
        rows=[_marked_row(pages[page], row, columns, conventions) for page, row in rows],
    )


def _names_columns(heads: Sequence[str]) -> bool:
    """Whether a first row is a header: words, not values like those below it."""
    filled = [head for head in heads if head]
    return sum(any(map(str.isalpha, head)) for head in filled) * 2 > len(filled) and not any(
        MONEY.search(head) for head in filled
    )


def _closes(row: Sequence[Cell], names: Sequence[str]) -> bool:
    """Whether a row of goods is rather a total: a phrase that names one, and no quantity."""
    texts = [cell.text.strip() for cell in row]
    said = next((text for text in texts if any(map(str.isalpha, text))), "")
    phrase = phrase_of(fold(said))
    has_quantity = any(name == "quantity" and text for name, text in zip(names, texts, strict=True))
    return phrase is not None and phrase.role in CLOSING and not has_quantity


def _marked_row(page: Page, row: Sequence[Cell], columns: Sequence[TableColumn], conventions: Conventions) -> TableRow:
    cells = [cell_of(cell.text.strip(), column, conventions) for cell, column in zip(row, columns, strict=True)]
    quotes = [" ".join(cell.text.split()) for cell in row if cell.text.strip()]
    found = find_quote(page, " ".join(quotes))
    return TableRow(
        cells=cells,
        page=page.number,
        quote=(page.text[found.start : found.end] if found else quotes[0])[:300],
        boxes=[
            (cell.box.left, cell.box.top, cell.box.right, cell.box.bottom)
            for cell in row
            if cell.box is not None and cell.text.strip()
        ],
        confidence=row_confidence(cells, columns),
        grounding=grounding_of(page, quotes),
    )
