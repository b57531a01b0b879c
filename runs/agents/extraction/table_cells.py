"""Cells and columns of tables: what they hold, in normal form, and how sure a row is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from runs.agents.extraction.amounts import find_amounts, parse_number, write_amount
from runs.agents.extraction.candidates import VERIFIED_SCORE
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.dates import find_dates
from runs.agents.extraction.fields import Grounding
from runs.agents.extraction.headers import TYPES
from runs.agents.extraction.rows import fold
from runs.agents.extraction.sums import CENT
from runs.agents.extraction.table_fields import ColumnType, TableCell, TableColumn
from runs.documents import Page, find_quote

_NUMBER = re.compile(r"[-+−]?\d[\d.,'\u00a0 ]*\d|[-+−]?\d")
_PERCENT = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{1,4})?\s?%")
_SLUG = re.compile(r"[^a-z0-9]+")


def typed_columns(
    heads: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]], conventions: Conventions
) -> list[TableColumn]:
    """Name and type columns from their headers, the names those mean, and the texts below them."""
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
    if told and (told != "percent" or most(texts, lambda text: bool(_NUMBER.search(text)))):
        return told
    if not texts or name in ("description", "article_number", "unit"):
        return "text"
    if most(texts, lambda text: bool(_PERCENT.fullmatch(text))):
        return "percent"
    if most(texts, lambda text: _day(text, conventions) is not None):
        return "date"
    if most(texts, lambda text: is_money(text, conventions)):
        return "amount"
    return "number" if most(texts, _is_number) and name != "position" else "text"


def most(texts: Sequence[str], fits: Callable[[str], bool]) -> bool:
    """Whether four of five texts fit."""
    return bool(texts) and sum(bool(fits(text)) for text in texts) * 5 >= len(texts) * 4


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text.strip(" %€$£")))


def is_money(text: str, conventions: Conventions) -> bool:
    """Whether a text is one amount of money."""
    found = find_amounts(fold(text), decimal=conventions.decimal, spaced=conventions.spaced_thousands)
    return len(found) == 1 and found[0].is_money and len(text) - (found[0].end - found[0].start) <= 2


def _day(text: str, conventions: Conventions) -> str | None:
    found = find_dates(fold(text), day_first=conventions.day_first)
    return (
        found[0].date.isoformat()
        if len(found) == 1 and found[0].end - found[0].start >= len(text.strip()) - 1
        else None
    )


def cell_of(text: str, column: TableColumn, conventions: Conventions) -> TableCell:
    """Give a cell with its text in the normal form of its column."""
    return TableCell(value=text, normalised=normalised(text, column.type, conventions))


def normalised(text: str, kind: ColumnType, conventions: Conventions) -> str:
    """Give a text in the normal form of a type; empty where it is none."""
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


def grounding_of(page: Page, quotes: Iterable[str]) -> Grounding:
    """Tell whether all of a row's cells are found on the page again."""
    scores = [match.score if (match := find_quote(page, quote)) else 0.0 for quote in quotes if quote.strip()]
    if not scores or not min(scores):
        return "not_found"
    return "verified" if min(scores) >= VERIFIED_SCORE else "fuzzy"


def row_confidence(cells: Sequence[TableCell], columns: Sequence[TableColumn]) -> float:
    """Rate a row: surest where quantity times price is the amount."""
    values = {
        column.name: number
        for column, cell in zip(columns, cells, strict=True)
        if (number := decimal_of(cell.normalised)) is not None
    }
    quantity, price, amount = values.get("quantity"), values.get("unit_price"), values.get("amount")
    if quantity is None or price is None or amount is None:
        return 0.8
    made = quantity * price
    reduced = made * (1 - values.get("discount", Decimal(0)) / 100)
    if min(abs(made - amount), abs(reduced - amount)) <= max(CENT, abs(quantity) * Decimal("0.005")):
        return 0.97
    return 0.6


def decimal_of(text: str) -> Decimal | None:
    """Read a normal form; None where it is no number."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return None
