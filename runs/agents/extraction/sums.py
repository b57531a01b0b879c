"""The amounts of a document's closing lines and tax tables, each with what its line or column calls it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from runs.agents.extraction.amounts import AmountFound, find_amounts
from runs.agents.extraction.columns import aligned
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.fields import Source
from runs.agents.extraction.phrases import Phrase, phrase_of
from runs.agents.extraction.rows import Cell, Row, Sheet, Spot
from runs.documents.pages import Word

CENT = Decimal("0.02")
"""What rounding line by line may make."""

_WORDS_BEFORE = 12
_TABLE_ROWS = 8
_GAP_ROWS = 1


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """An amount and what it is called. ``strength``: how surely, about 1."""

    name: str
    value: Decimal
    currency: str | None
    spot: Spot
    strength: float
    source: Source = "pattern"


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    amount: AmountFound
    cell: Cell
    row_index: int


def row_sums(sheets: Sequence[Sheet], conventions: Conventions) -> Iterator[Sum]:
    """Give the amounts that a phrase before them in their row names."""
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            yield from _of_row(sheet, row_index, row, conventions)


def table_sums(sheets: Sequence[Sheet], conventions: Conventions) -> Iterator[Sum]:
    """Give the amounts below headers like "Net", "VAT" and "Gross": of the only line, or of the one that sums up."""
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            heads = _heads(row, conventions)
            if len({phrase.role for phrase, _ in heads}) >= 2:
                yield from _of_table(sheet, row_index, heads, conventions)


def _of_row(sheet: Sheet, row_index: int, row: Row, conventions: Conventions) -> Iterator[Sum]:
    phrase: Phrase | None = None
    texts: list[str] = []
    words: list[Word] = []
    run: list[Sum] = []  # the amounts behind one phrase
    for cell in row.cells:
        start = 0
        amounts = [found for found in _amounts(cell, conventions) if _stands_out(cell, found)]
        for found in amounts:
            before = cell.folded[start : found.start]
            if any(map(str.isalpha, before)):
                yield from _settled(phrase, run)
                phrase, run = _phrase(texts, before), []
            start = found.end
            if phrase is not None:
                spot = Spot(sheet, cell, found.start, found.end, row_index, words)
                run.append(Sum(phrase.role, found.value, found.currency, spot, phrase.strength))
        rest = cell.folded[start:]
        if any(map(str.isalpha, rest)) and not (amounts and _is_currency(rest)):
            yield from _settled(phrase, run)
            phrase, run = _phrase(texts, rest), []
            texts.append(rest)
        words = [*words, *cell.words][-_WORDS_BEFORE:]
    yield from _settled(phrase, run)


def _phrase(texts: Sequence[str], text: str) -> Phrase | None:
    """Read what calls the next amount: a text, or where that says nothing, with the one before it."""
    return phrase_of(text) or (phrase_of(f"{texts[-1]} {text}") if texts else None)


def _settled(phrase: Phrase | None, run: Sequence[Sum]) -> Iterator[Sum]:
    """Name the amounts behind a phrase. Behind a tax's base stands the tax; of others only one can be meant."""
    if phrase is None or not run:
        return
    if phrase.role == "base":
        yield replace(run[0], name="net_total", strength=0.6)
        if len(run) > 1:
            yield replace(run[1], name="tax_total", strength=0.9)
    elif phrase.role == "tax_total" and len(run) == 2:
        # "VAT 20%  1,000.00  200.00": the base and the tax, or the other way round.
        small, large = sorted(run, key=lambda found: abs(found.value))
        yield replace(small, strength=phrase.strength * 0.95)
        yield replace(large, name="net_total", strength=0.6)
    elif len({found.value for found in run}) == 1:
        yield run[0]


def _is_currency(text: str) -> bool:
    return len(text.strip(" ()*.")) <= 3


def _amounts(cell: Cell, conventions: Conventions) -> list[AmountFound]:
    return find_amounts(cell.folded, decimal=conventions.decimal, spaced=conventions.spaced_thousands)


def _stands_out(cell: Cell, found: AmountFound) -> bool:
    """Whether an amount is money by its form, or all its cell says."""
    if found.is_money:
        return True
    rest = cell.folded[: found.start] + cell.folded[found.end :]
    is_year = found.value == int(found.value) and 1900 <= found.value <= 2100 and found.end - found.start == 4
    return not any(map(str.isalnum, rest)) and found.value >= 1 and not is_year and found.value < 10**9


# --- Tables of net, tax and gross


def _heads(row: Row, conventions: Conventions) -> list[tuple[Phrase, Cell]]:
    """Give the cells of a row that name columns of sums; none where the row has amounts itself."""
    if len(row.cells) < 2 or any(found.is_money for cell in row.cells for found in _amounts(cell, conventions)):
        return []
    found = [(phrase, cell) for cell in row.cells if (phrase := phrase_of(cell.folded)) and "%" not in cell.text]
    return [(phrase, cell) for phrase, cell in found if phrase.role in ("total", "net_total", "tax_total", "base")]


def _of_table(
    sheet: Sheet, head_index: int, heads: Sequence[tuple[Phrase, Cell]], conventions: Conventions
) -> Iterator[Sum]:
    lines: list[dict[int, _Placed]] = []
    head_cells = list(sheet.rows[head_index].cells)
    wanted = {head_cells.index(cell): index for index, (_, cell) in enumerate(heads)}
    missed = 0
    for row_index in range(head_index + 1, min(head_index + 1 + _TABLE_ROWS, len(sheet.rows))):
        line: dict[int, _Placed] = {}
        for column, cell in aligned(sheet.rows[row_index].cells, head_cells):
            if column in wanted:
                for found in _amounts(cell, conventions)[:1]:
                    if _stands_out(cell, found):
                        line[wanted[column]] = _Placed(found, cell, row_index)
        if line:
            lines.append(line)
        else:
            missed += 1
            if missed > _GAP_ROWS:
                break
    closing = _closing(lines)
    if closing is None:
        return
    for index, placed in closing.items():
        phrase = heads[index][0]
        role = "net_total" if phrase.role == "base" else phrase.role
        spot = Spot(sheet, placed.cell, placed.amount.start, placed.amount.end, placed.row_index)
        yield Sum(role, placed.amount.value, placed.amount.currency, spot, 1.0, "table")


def _closing(lines: Sequence[dict[int, _Placed]]) -> dict[int, _Placed] | None:
    """Give the line that sums up the others, or the only one."""
    if len(lines) == 1:
        return lines[0] if len(lines[0]) >= 2 else None
    for last in range(len(lines) - 1, 1, -1):
        shared = [column for column in lines[last] if all(column in line for line in lines[:last])]
        if len(shared) >= 2 and all(
            abs(
                sum((line[column].amount.value for line in lines[:last]), Decimal(0))
                - lines[last][column].amount.value
            )
            <= CENT
            for column in shared
        ):
            return lines[last]
    return None
