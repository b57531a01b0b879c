"""Which of a document's amounts is its total, its net total, its tax.

A label alone deceives ("Subtotal" may hold tax, "Total" may head a column); three
amounts of which two add up to the third hardly do. So sums are sought first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, product

from runs.agents.extraction.amounts import AmountFound, find_amounts, write_amount
from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.fields import Source
from runs.agents.extraction.labels import find_labels
from runs.agents.extraction.pairing import Labelled, Place, places_for
from runs.agents.extraction.rows import Sheet, Spot
from runs.agents.extraction.sums import CENT, Sum, row_sums, table_sums

NAMES = ("total", "net_total", "tax_total")
EXTRAS = ("discount", "shipping", "amount_paid", "amount_due")

_HEADER_REACH = 40
_MAX_EACH = 12
_SENTENCE = 60
_GAP = 8
_CONVINCING = 0.55
_PLAIN = 0.65
_NEAR = 8


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
    chosen = _consistent(sums, line_sums) or _adjusted(sums, adjustments) or _strongest(sums, line_sums)
    chosen += _extras(said, chosen)
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


def _consistent(sums: Sequence[Sum], line_sums: Sequence[Decimal]) -> list[tuple[Sum, float]]:
    """Find the total, net total and tax that add up and whose labels are strongest."""
    totals, nets, taxes = (_best(sums, name) for name in NAMES)
    # What is without tax may be called a total, too.
    nets += [replace(total, name="net_total", strength=total.strength * 0.5) for total in totals]
    largest = max((abs(total.value) for total in totals), default=Decimal(0))
    best: tuple[float, Sum, Sum, Sum] | None = None
    for total in totals:
        for net in nets:
            missing = total.value - net.value
            if not 0 < abs(missing) < abs(total.value) or (missing < 0) != (total.value < 0):
                continue
            found = _making(taxes, missing)
            if found is None:
                continue
            tax, strength = found
            known = any(abs(line_sum - value) <= CENT for line_sum in line_sums for value in (net.value, total.value))
            score = 0.5 * known + total.strength + net.strength + strength + 0.3 * (abs(total.value) == largest)
            if best is None or score > best[0]:
                best = (score, total, net, tax)
    if best is None:
        return []
    _, total, net, tax = best
    chosen = [(total, 0.98), (net, 0.97)]
    if abs(tax.value - (total.value - net.value)) <= CENT:
        chosen.append((tax, 0.96))
    return chosen


def _adjusted(sums: Sequence[Sum], adjustments: Sequence[Sum]) -> list[tuple[Sum, float]]:
    """Find the three where a discount or shipping stands between net total and total."""
    totals, nets, taxes = (_best(sums, name) for name in NAMES)
    for count in (1, 2):
        for group in combinations(adjustments, count):
            change = sum((-abs(each.value) if each.name == "discount" else each.value for each in group), Decimal(0))
            for total, net, tax in product(totals, nets, taxes):
                if total.value > 0 and tax.value > 0 and abs(net.value + change + tax.value - total.value) <= CENT:
                    return [(total, 0.96), (net, 0.93), (tax, 0.93)]
    return []


def _making(taxes: Sequence[Sum], amount: Decimal) -> tuple[Sum, float] | None:
    """Find the tax, or up to three taxes near each other, that make an amount; give the first and its strength."""
    for count in (1, 2, 3):
        for group in combinations(taxes, count):
            rows = [tax.spot.row_index for tax in group]
            if max(rows) - min(rows) > _NEAR:
                continue
            if abs(sum((tax.value for tax in group), Decimal(0)) - amount) <= CENT:
                return group[0], group[0].strength - 0.2 * (count - 1)
    return None


def _extras(said: Sequence[Sum], chosen: Sequence[tuple[Sum, float]]) -> list[tuple[Sum, float]]:
    """Choose what has been taken off, added, paid and is left to pay; surer where total, paid and due add up."""
    total = next((found for found, _ in chosen if found.name == "total"), None)
    if total is None:
        return []
    extras: dict[str, Sum] = {}
    for found in said:
        fits = found.name in EXTRAS and abs(found.value) > 0 and abs(found.value) <= abs(total.value)
        if fits and (found.name not in extras or found.strength > extras[found.name].strength):
            extras[found.name] = found
    paid, due = extras.get("amount_paid"), extras.get("amount_due")
    if due is not None and abs(due.value) == abs(total.value):
        extras.pop("amount_due")
    settled = paid is not None and due is not None and abs(abs(total.value) - abs(paid.value) - abs(due.value)) <= CENT
    return [(found, 0.95 if settled and name.startswith("amount_") else 0.8) for name, found in extras.items()]


def _strongest(sums: Sequence[Sum], line_sums: Sequence[Decimal]) -> list[tuple[Sum, float]]:
    """Choose by the labels, where nothing adds up."""
    chosen: list[tuple[Sum, float]] = []
    sums = [found for found in sums if found.strength >= _CONVINCING]
    totals = _best(sums, "total")
    lined = [found for found in totals if any(abs(line_sum - found.value) <= CENT for line_sum in line_sums)]
    total = next(iter(lined or totals), None)
    if total:
        chosen.append((total, 0.95 if lined else min(0.92, 0.35 + total.strength * 0.55)))
    for name in ("net_total", "tax_total"):
        fitting = [found for found in _best(sums, name) if total is None or abs(found.value) <= abs(total.value)]
        surest = [found for found in fitting if found.strength > fitting[0].strength - 0.15]
        if fitting and len({found.value for found in surest if found.value}) <= 1:  # of several, each may be a part
            chosen.append((fitting[0], min(0.8, 0.25 + fitting[0].strength * 0.5)))
    return chosen


def _best(sums: Sequence[Sum], name: str) -> list[Sum]:
    """Give the likeliest sums of a name: what is not nothing first, then by strength, size and place."""
    found = [item for item in sums if item.name == name]
    found.sort(key=lambda item: (item.value == 0, -item.strength, -abs(item.value), item.spot.sheet.page.number))
    distinct: dict[tuple[Decimal, float], Sum] = {}
    for item in found:
        distinct.setdefault((item.value, item.strength), item)
    return list(distinct.values())[:_MAX_EACH]
