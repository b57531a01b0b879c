"""The tables of a document, typed: those its file marks, and those its rows of cells make."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.line_items import Item, Items, box_of, find_items, lines_of
from runs.agents.extraction.marked_tables import marked_tables
from runs.agents.extraction.rows import Sheet
from runs.agents.extraction.sums import CENT
from runs.agents.extraction.table_cells import (
    cell_of,
    decimal_of,
    grounding_of,
    is_money,
    most,
    normalised,
    row_confidence,
    typed_columns,
)
from runs.agents.extraction.table_fields import ExtractedTable, TableColumn, TableRow
from runs.documents import Page, Reading

MAX_TABLES = 50
_TRUE = 0.95


def find_tables(reading: Reading, sheets: Sequence[Sheet], conventions: Conventions) -> list[ExtractedTable]:
    """Give a document's tables, at most ``MAX_TABLES``, page by page, line items first.

    What an invoice charges is sought in the rows of every page, too; of a table the file marks on the same page
    the surer one is kept.
    """
    marked = marked_tables(reading, conventions)
    found = [_of_items(items, conventions) for items in find_items(sheets)]
    kept = [table for table in marked if not any(_beats(other, table) for other in found)]
    kept += [table for table in found if not any(other in kept and _is_of_page(other, table) for other in marked)]
    return sorted(kept, key=lambda table: (table.page, table.name != "line_items"))[:MAX_TABLES]


def _beats(found: ExtractedTable, marked: ExtractedTable) -> bool:
    return _is_of_page(marked, found) and _sureness(found) >= _sureness(marked)


def _is_of_page(marked: ExtractedTable, found: ExtractedTable) -> bool:
    return marked.name == found.name == "line_items" and marked.page == found.page


def _sureness(table: ExtractedTable) -> tuple[int, float]:
    """Rate a table by how many of its rows hold true (quantity times price is the amount), then by their mean."""
    sure = [row.confidence for row in table.rows]
    return sum(confidence >= _TRUE for confidence in sure), sum(sure) / len(sure)


def _of_items(items: Items, conventions: Conventions) -> ExtractedTable:
    texts = [
        [
            "\n".join(" ".join(word.text for word in line) for line in lines_of(item, at, items.heads))
            for at in range(len(items.heads))
        ]
        for item in items.rows
    ]
    names = [_counted(head.name, at, texts) for at, head in enumerate(items.heads)]
    names = _with_tax(names, texts, conventions)
    names = _with_amount(names, texts, conventions)
    columns = typed_columns([head.text for head in items.heads], names, texts, conventions)
    rows = [_row(item, items, row, columns, conventions) for item, row in zip(items.rows, texts, strict=True)]
    return ExtractedTable(name="line_items", page=rows[0].page, columns=columns, rows=rows)


def _counted(name: str, at: int, rows: Sequence[Sequence[str]]) -> str:
    """Call a column that only counts its rows by what it is, whatever its header says."""
    counts = name == "article_number" and [row[at] for row in rows] == [str(count + 1) for count in range(len(rows))]
    return "position" if counts else name


def _with_tax(names: list[str], rows: Sequence[Sequence[str]], conventions: Conventions) -> list[str]:
    """Tell a column of tax from one of its rates: both may be headed "VAT"."""

    def is_tax(at: int) -> bool:
        texts = [row[at] for row in rows if row[at]]
        return most(texts, lambda text: is_money(text, conventions) and "%" not in text)

    rates = [at for at, name in enumerate(names) if name == "tax_rate"]
    return ["tax_amount" if at in rates[1:] and is_tax(at) else name for at, name in enumerate(names)]


def _with_amount(names: list[str], rows: Sequence[Sequence[str]], conventions: Conventions) -> list[str]:
    """Of several columns of amounts, keep the one that is quantity times price; else the last one."""
    amounts = [at for at, name in enumerate(names) if name == "amount"]
    if len(amounts) < 2:
        return names
    column = TableColumn(name="amount", header="", type="amount")
    best = amounts[-1]
    if "quantity" in names and "unit_price" in names:
        quantity, price = names.index("quantity"), names.index("unit_price")

        def holds(row: Sequence[str], at: int) -> bool:
            count = decimal_of(normalised(row[quantity], "number", conventions))
            each, whole = (decimal_of(cell_of(row[place], column, conventions).normalised) for place in (price, at))
            return count is not None and each is not None and whole is not None and abs(count * each - whole) <= CENT

        best = max(amounts, key=lambda at: (sum(holds(row, at) for row in rows), at))
    return ["" if at in amounts and at != best else name for at, name in enumerate(names)]


def _row(
    item: Item, items: Items, texts: Sequence[str], columns: Sequence[TableColumn], conventions: Conventions
) -> TableRow:
    page = item.sheet.page
    lines = [line for at in range(len(columns)) for line in lines_of(item, at, items.heads)]
    quotes = [_quote(page, line[0].start, line[-1].start + len(line[-1].text)) for line in lines]
    cells = [cell_of(text, column, conventions) for text, column in zip(texts, columns, strict=True)]
    boxes = [(box.left, box.top, box.right, box.bottom) for line in lines if (box := box_of(line)) is not None]
    first = min((word for words in item.columns for word in words), key=lambda word: word.start)
    end = page.text.find("\n", first.start)
    begin = page.text.rfind("\n", 0, first.start) + 1
    return TableRow(
        cells=cells,
        page=page.number,
        quote=page.text[begin : end if end >= 0 else len(page.text)].strip()[:300],
        boxes=boxes,
        confidence=row_confidence(cells, columns),
        grounding=grounding_of(page, quotes),
    )


def _quote(page: Page, start: int, end: int) -> str:
    return page.text[start:end] if 0 < end - start <= 300 else page.text[start : start + 20].split("\n")[0]


def line_sums(tables: Sequence[ExtractedTable]) -> list[Decimal]:
    """Give what the amounts of each table of goods and services come to."""
    return [total for table in tables if (total := _line_sum(table)) is not None]


def with_sums(tables: Sequence[ExtractedTable], totals: Sequence[Candidate]) -> list[ExtractedTable]:
    """Say of each table which of the document's totals its amounts add up to; a table that does is surer."""
    return [_with_sum(table, totals) for table in tables]


def _line_sum(table: ExtractedTable) -> Decimal | None:
    at = next((index for index, column in enumerate(table.columns) if column.name == "amount"), None)
    if at is None or table.name != "line_items":
        return None
    return sum(
        (number for row in table.rows if (number := decimal_of(row.cells[at].normalised)) is not None), Decimal(0)
    )


def _with_sum(table: ExtractedTable, totals: Sequence[Candidate]) -> ExtractedTable:
    total = _line_sum(table)
    stated = {candidate.name: Decimal(candidate.value) for candidate in totals}
    names = [
        name for name in ("net_total", "total") if total and name in stated and abs(stated[name] - total) <= CENT * 2
    ]
    if not names:
        return table
    rows = [row.model_copy(update={"confidence": max(row.confidence, 0.95)}) for row in table.rows]
    return table.model_copy(update={"sums_to": names[0], "rows": rows})
