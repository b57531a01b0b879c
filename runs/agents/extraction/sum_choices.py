"""Which of several totals, net totals and taxes belong together: those that add up, else those best named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product

from runs.agents.extraction.sums import CENT, Sum

NAMES = ("total", "net_total", "tax_total")
_MAX_EACH = 12
_CONVINCING = 0.55
_NEAR = 8
EXTRAS = ("discount", "shipping", "amount_paid", "amount_due")


def consistent(sums: Sequence[Sum], line_sums: Sequence[Decimal]) -> list[tuple[Sum, float]]:
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


def adjusted(sums: Sequence[Sum], adjustments: Sequence[Sum]) -> list[tuple[Sum, float]]:
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


def extras(said: Sequence[Sum], chosen: Sequence[tuple[Sum, float]]) -> list[tuple[Sum, float]]:
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


def strongest(sums: Sequence[Sum], line_sums: Sequence[Decimal]) -> list[tuple[Sum, float]]:
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
