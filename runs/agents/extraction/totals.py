"""Which of a document's amounts is its total, its net total, its tax.

A label alone deceives ("Subtotal" may hold tax, "Total" may head a column); three
amounts of which two add up to the third hardly do. So sums are sought first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from runs.agents.extraction.amounts import AmountFound, find_amounts, write_amount
from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.fields import Source
from runs.agents.extraction.labels import find_labels
from runs.agents.extraction.pairing import Labelled, Place, places_for
from runs.agents.extraction.rows import Sheet, Spot
from runs.agents.extraction.sum_choices import NAMES, adjusted, consistent, extras, strongest
from runs.agents.extraction.sums import CENT, Sum, row_sums, table_sums

_HEADER_REACH = 40
_SENTENCE = 60
_GAP = 8
_PLAIN = 0.65


@dataclass(frozen=True, slots=True)
class _Placed:
    amount: AmountFound
    spot: Spot


def choose_totals(
    sheets: Sequence[Sheet], labelled: Iterable[Labelled], conventions: Conventions, line_sums: Sequence[Decimal] = ()
) -> list[Candidate]:
    """Choose at most one total, one net total and one tax among all amounts that a label, phrase or column names.

    ``line_sums``: what the lines of the document's tables come to.
    """
    said = [*row_sums(sheets, conventions), *table_sums(sheets, conventions)]
    names = {(id(found.spot.cell), found.spot.start): found.name for found in said}
    sums = [
        found
        for label in labelled
        if label.found.label.name in NAMES
        for found in _sums(label, conventions)
        # The whole phrase knows better than one of its words.
        if names.get((id(found.spot.cell), found.spot.start), found.name) == found.name
    ]
    sums += [found for found in said if found.name in NAMES]
    weight = 0.62 if any(found.name == "total" and found.strength >= _PLAIN for found in said) else 0.95
    sums += [replace(found, name="total", strength=weight) for found in said if found.name == "amount_due"]
    adjustments = [found for found in said if found.name in ("discount", "shipping")]
    chosen = consistent(sums, line_sums) or adjusted(sums, adjustments) or strongest(sums, line_sums)
    chosen += extras(said, chosen)
    currency = next((found.currency for found, _ in chosen if found.currency), conventions.currency)
    return [
        Candidate(
            found.name,
            "amount",
            write_amount(found.value),
            found.spot,
            confidence,
            found.currency or currency,
            found.source,
        )
        for found, confidence in chosen
    ]


def _sums(labelled: Labelled, conventions: Conventions) -> Iterator[Sum]:
    label = labelled.found.label
    beside: list[_Placed] = []
    below: list[_Placed] = []
    for place in places_for(labelled):
        amounts = _amounts(labelled, place, conventions)
        (below if place.relation == "below" else beside).extend(amounts)
    if len(beside) > 1 and label.name == "total":
        split = list(_split_by_headers(labelled.sheet, beside)) or list(_split_by_sum(beside))
        if split:
            yield from split
            return
    if len(beside) > 1:
        beside = [placed for placed in beside if placed.amount.is_money]
    if beside:
        yield _sum(label.name, beside[-1], label.strength * (1 if _is_near(labelled, beside[-1]) else 0.4))
    elif below and _is_whole(below[-1]):
        in_table = _has_amount_below(labelled.sheet, below[-1].spot, conventions)
        yield _sum(
            label.name, below[-1], label.strength * (0.3 if in_table else 0.85 if label.name == "total" else 0.5)
        )


def _is_near(labelled: Labelled, placed: _Placed) -> bool:
    """Whether label and amount stand in a line of a form, not far apart in a sentence."""
    if placed.spot.cell is not labelled.cell:
        return len(labelled.cell.text) <= _SENTENCE and _is_short_but(placed)
    return labelled.opens_cell or placed.spot.start - labelled.found.end <= _GAP


def _is_short_but(placed: _Placed) -> bool:
    rest = len(placed.spot.cell.text) - (placed.spot.end - placed.spot.start)
    return rest <= _SENTENCE // 2


def _is_whole(placed: _Placed) -> bool:
    cell, spot = placed.spot.cell, placed.spot
    return not any(map(str.isalnum, cell.text[: spot.start] + cell.text[spot.end :]))


def _amounts(labelled: Labelled, place: Place, conventions: Conventions) -> Iterator[_Placed]:
    text = place.cell.folded[place.start : place.end]
    for found in find_amounts(text, decimal=conventions.decimal, spaced=conventions.spaced_thousands):
        whole_cell = not (text[: found.start] + text[found.end :]).strip(" :.")
        if found.is_money or (whole_cell and found.value >= 1 and not _is_year(found)):
            yield _Placed(found, labelled.spot(place, place.start + found.start, place.start + found.end))


def _is_year(found: AmountFound) -> bool:
    return found.value == int(found.value) and 1900 <= found.value <= 2100 and found.end - found.start == 4


def _split_by_headers(sheet: Sheet, row: Sequence[_Placed]) -> Iterator[Sum]:
    """Name the amounts of a closing row by the headers of their columns."""
    for placed in row:
        name = _header_name(sheet, placed.spot)
        if name:
            yield _sum(name, placed, 1.05, "table")


def _header_name(sheet: Sheet, spot: Spot) -> str | None:
    box = spot.cell.box
    if box is None:
        return None
    for row_index in range(spot.row_index - 1, max(-1, spot.row_index - _HEADER_REACH), -1):
        for cell in sheet.rows[row_index].cells:
            if cell.box is None or min(cell.box.right, box.right) <= max(cell.box.left, box.left):
                continue
            for found in find_labels(cell.folded):
                is_header = not any(map(str.isdigit, cell.text))
                if found.label.name in NAMES and is_header and len(sheet.rows[row_index].cells) > 1:
                    return found.label.name
    return None


def _split_by_sum(row: Sequence[_Placed]) -> Iterator[Sum]:
    """Name three amounts of a row of which the first two make the third."""
    if len(row) == 3:
        net, tax, gross = row
        if abs(net.amount.value + tax.amount.value - gross.amount.value) <= CENT and tax.amount.value:
            for name, placed in (("net_total", net), ("tax_total", tax), ("total", gross)):
                yield _sum(name, placed, 1.0)


def _has_amount_below(sheet: Sheet, spot: Spot, conventions: Conventions) -> bool:
    box = spot.cell.box
    if box is None or spot.row_index + 1 >= len(sheet.rows):
        return False
    for row in sheet.rows[spot.row_index + 1 : spot.row_index + 3]:
        for cell in row.cells:
            if cell.box and min(cell.box.right, box.right) > max(cell.box.left, box.left):
                amounts = find_amounts(cell.folded, decimal=conventions.decimal, spaced=False)
                if any(found.is_money for found in amounts) and not find_labels(cell.folded):
                    return True
    return False


def _sum(name: str, placed: _Placed, strength: float, source: Source = "pattern") -> Sum:
    return Sum(name, placed.amount.value, placed.amount.currency, placed.spot, strength, source)
