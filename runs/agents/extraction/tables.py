"""The tables of a document, typed: those its file marks, and those its rows of cells make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from runs.agents.extraction.amounts import find_amounts, parse_number, write_amount
from runs.agents.extraction.candidates import VERIFIED_SCORE, Candidate
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.dates import find_dates
from runs.agents.extraction.fields import Grounding
from runs.agents.extraction.headers import TYPES, name_of
from runs.agents.extraction.line_items import Item, Items, box_of, find_items, lines_of
from runs.agents.extraction.rows import Sheet, fold
from runs.agents.extraction.sums import CENT
from runs.agents.extraction.table_fields import ColumnType, ExtractedTable, TableCell, TableColumn, TableRow
from runs.documents import Page, Reading, find_quote
from runs.documents.pages import Cell as MarkedCell
from runs.documents.pages import Table as MarkedTable

MAX_TABLES = 50
MAX_ROWS = 2000

_NUMBER = re.compile(r"[-+−]?\d[\d.,'\u00a0 ]*\d|[-+−]?\d")
_PERCENT = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{1,4})?\s?%")
_SLUG = re.compile(r"[^a-z0-9]+")


def find_tables(reading: Reading, sheets: Sequence[Sheet], conventions: Conventions) -> list[ExtractedTable]:
    """Give a document's tables, at most ``MAX_TABLES`` with ``MAX_ROWS`` rows each, in the order of its pages.

    Where the file marks a table of goods and services, it is not sought again in the rows of its page.
    """
    pages = {page.number: page for page in reading.pages}
    marked = [made for table in _joined(reading.tables) if (made := _marked(table, pages, conventions)) is not None]
    known = {row.page for table in marked if table.name == "line_items" for row in table.rows}
    found = [
        _of_items(items, conventions)
        for items in find_items([sheet for sheet in sheets if sheet.page.number not in known])
    ]
    return sorted([*marked, *found], key=lambda table: table.page)[:MAX_TABLES]


# --- Tables of goods and services, from rows


def _of_items(items: Items, conventions: Conventions) -> ExtractedTable:
    texts = [
        [
            "\n".join(" ".join(word.text for word in line) for line in lines_of(item, at, items.heads))
            for at in range(len(items.heads))
        ]
        for item in items.rows
    ]
    names = _with_tax([head.name for head in items.heads], texts, conventions)
    names = _with_amount(names, texts, conventions)
    columns = _typed([head.text for head in items.heads], names, texts, conventions)
    rows = [_row(item, items, row, columns, conventions) for item, row in zip(items.rows, texts, strict=True)]
    return ExtractedTable(name="line_items", page=rows[0].page, columns=columns, rows=rows)


def _with_tax(names: list[str], rows: Sequence[Sequence[str]], conventions: Conventions) -> list[str]:
    """Tell a column of tax from one of its rates: both may be headed "VAT"."""

    def is_money(at: int) -> bool:
        texts = [row[at] for row in rows if row[at]]
        return _most(texts, lambda text: _money(text, conventions) and "%" not in text)

    rates = [at for at, name in enumerate(names) if name == "tax_rate"]
    return ["tax_amount" if at in rates[1:] and is_money(at) else name for at, name in enumerate(names)]


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
            count = _decimal(_normalised(row[quantity], "number", conventions))
            each, whole = (_decimal(_cell(row[place], column, conventions).normalised) for place in (price, at))
            return count is not None and each is not None and whole is not None and abs(count * each - whole) <= CENT

        best = max(amounts, key=lambda at: (sum(holds(row, at) for row in rows), at))
    return ["" if at in amounts and at != best else name for at, name in enumerate(names)]


def _row(
    item: Item, items: Items, texts: Sequence[str], columns: Sequence[TableColumn], conventions: Conventions
) -> TableRow:
    page = item.sheet.page
    lines = [line for at in range(len(columns)) for line in lines_of(item, at, items.heads)]
    quotes = [_quote(page, line[0].start, line[-1].start + len(line[-1].text)) for line in lines]
    cells = [_cell(text, column, conventions) for text, column in zip(texts, columns, strict=True)]
    boxes = [(box.left, box.top, box.right, box.bottom) for line in lines if (box := box_of(line)) is not None]
    first = min((word for words in item.columns for word in words), key=lambda word: word.start)
    end = page.text.find("\n", first.start)
    begin = page.text.rfind("\n", 0, first.start) + 1
    return TableRow(
        cells=cells,
        page=page.number,
        quote=page.text[begin : end if end >= 0 else len(page.text)].strip()[:300],
        boxes=boxes,
        confidence=_row_confidence(cells, columns),
        grounding=_grounding(page, quotes),
    )


def _quote(page: Page, start: int, end: int) -> str:
    return page.text[start:end] if 0 < end - start <= 300 else page.text[start : start + 20].split("\n")[0]


def _grounding(page: Page, quotes: Iterable[str]) -> Grounding:
    """Tell whether all of a row's cells are found on the page again."""
    scores = [match.score if (match := find_quote(page, quote)) else 0.0 for quote in quotes if quote.strip()]
    if not scores or not min(scores):
        return "not_found"
    return "verified" if min(scores) >= VERIFIED_SCORE else "fuzzy"


def _row_confidence(cells: Sequence[TableCell], columns: Sequence[TableColumn]) -> float:
    """Rate a row: surest where quantity times price is the amount."""
    values = {
        column.name: number
        for column, cell in zip(columns, cells, strict=True)
        if (number := _decimal(cell.normalised)) is not None
    }
    quantity, price, amount = values.get("quantity"), values.get("unit_price"), values.get("amount")
    if quantity is None or price is None or amount is None:
        return 0.8
    made = quantity * price
    reduced = made * (1 - values.get("discount", Decimal(0)) / 100)
    if min(abs(made - amount), abs(reduced - amount)) <= max(CENT, abs(quantity) * Decimal("0.005")):
        return 0.97
    return 0.6


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


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
        (number for row in table.rows if (number := _decimal(row.cells[at].normalised)) is not None), Decimal(0)
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


# --- Tables that the file marks


def _joined(tables: Sequence[MarkedTable]) -> list[list[MarkedTable]]:
    """Put a table and what of it stands on the following pages together."""
    joined: list[list[MarkedTable]] = []
    for table in tables:
        if table.continues and joined and len(joined[-1][0].rows[0]) == len(table.rows[0]):
            joined[-1].append(table)
        else:
            joined.append([table])
    return joined


def _marked(parts: Sequence[MarkedTable], pages: dict[int, Page], conventions: Conventions) -> ExtractedTable | None:
    rows = [(part.page, row) for part in parts for row in part.rows if any(cell.text.strip() for cell in row)][
        :MAX_ROWS
    ]
    if len(rows) < 2 or len(rows[0][1]) < 2:
        return None
    heads = [cell.text.strip() for cell in rows[0][1]]
    body = [(page, row) for page, row in rows[1:] if [cell.text.strip() for cell in row] != heads and page in pages]
    if not body:
        return None
    names = [name_of(fold(head)) for head in heads]
    texts = [[cell.text.strip() for cell in row] for _, row in body]
    columns = _typed(heads, names, texts, conventions)
    is_items = bool(set(names) & {"amount", "unit_price"}) and bool(
        set(names) & {"description", "quantity", "article_number"}
    )
    return ExtractedTable(
        name="line_items" if is_items else "table",
        page=parts[0].page,
        columns=columns,
        rows=[_marked_row(pages[page], row, columns, conventions) for page, row in body],
    )


def _marked_row(
    page: Page, row: Sequence[MarkedCell], columns: Sequence[TableColumn], conventions: Conventions
) -> TableRow:
    cells = [_cell(cell.text.strip(), column, conventions) for cell, column in zip(row, columns, strict=True)]
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
        confidence=_row_confidence(cells, columns),
        grounding=_grounding(page, quotes),
    )


# --- Columns and cells


def _typed(
    heads: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]], conventions: Conventions
) -> list[TableColumn]:
    columns: list[TableColumn] = []
    used: dict[str, int] = {}
    for at, (head, name) in enumerate(zip(heads, names, strict=True)):
        texts = [row[at] for row in rows if row[at]]
        slug = name or _SLUG.sub("_", fold(head)).strip("_")[:40] or f"column_{at + 1}"
        used[slug] = used.get(slug, 0) + 1
        if used[slug] > 1:
            slug = f"{slug}_{used[slug]}"
        columns.append(TableColumn(name=slug, header=head, type=_type(name, texts, conventions)))
    return columns


def _type(name: str, texts: Sequence[str], conventions: Conventions) -> ColumnType:
    told = TYPES.get(name)
    if told and (told != "percent" or _most(texts, lambda text: bool(_NUMBER.search(text)))):
        return told
    if not texts or name in ("description", "article_number", "unit"):
        return "text"
    if _most(texts, lambda text: bool(_PERCENT.fullmatch(text))):
        return "percent"
    if _most(texts, lambda text: _day(text, conventions) is not None):
        return "date"
    if _most(texts, lambda text: _money(text, conventions)):
        return "amount"
    return "number" if _most(texts, _is_number) and name != "position" else "text"


def _most(texts: Sequence[str], fits: object) -> bool:
    assert callable(fits)
    return bool(texts) and sum(bool(fits(text)) for text in texts) * 5 >= len(texts) * 4


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text.strip(" %€$£")))


def _money(text: str, conventions: Conventions) -> bool:
    found = find_amounts(fold(text), decimal=conventions.decimal, spaced=conventions.spaced_thousands)
    return len(found) == 1 and found[0].is_money and len(text) - (found[0].end - found[0].start) <= 2


def _day(text: str, conventions: Conventions) -> str | None:
    found = find_dates(fold(text), day_first=conventions.day_first)
    return (
        found[0].date.isoformat()
        if len(found) == 1 and found[0].end - found[0].start >= len(text.strip()) - 1
        else None
    )


def _cell(text: str, column: TableColumn, conventions: Conventions) -> TableCell:
    return TableCell(value=text, normalised=_normalised(text, column.type, conventions))


def _normalised(text: str, kind: ColumnType, conventions: Conventions) -> str:
    match kind:
        case "text":
            return " ".join(text.split())
        case "date":
            return _day(text, conventions) or ""
        case "amount":
            found = find_amounts(fold(text), decimal=conventions.decimal, spaced=conventions.spaced_thousands)
            return write_amount(found[-1].value) if found else ""
        case _:
            match = _NUMBER.search(text)
            number = parse_number(match[0].lstrip("+-−"), conventions.decimal)[0] if match else None
            if number is None or match is None:
                return ""
            return f"{(-number if match[0][0] in '-−' else number).normalize():f}"
