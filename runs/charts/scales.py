"""Where an axis has its ticks: at round numbers, from nothing to beyond the largest value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

MOST_TICKS: Final = 4
"""Beside the one at nothing."""
ROUND_SECONDS: Final = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400),
)
DAY: Final = 86_400


def count_ticks(largest: int) -> list[int]:
    """For whole numbers of things: 0, 5, 10 …; the last is at least ``largest`` and at least 1."""
    step = next(step for step in _round_numbers(1) if step * MOST_TICKS >= largest)
    return [number * step for number in range(_needed(largest, step) + 1)]


def span_ticks(largest: float) -> list[float]:
    """For seconds, at numbers that are round as a clock's: 0, 15, 30 s …; 0, 5, 10 min …"""
    steps = (*ROUND_SECONDS, *(next_days for next_days, _ in zip(_round_numbers(DAY), range(30), strict=False)))
    step = next((step for step in steps if step * MOST_TICKS >= largest), steps[-1])
    return [round(number * step, 1) for number in range(_needed(largest, step) + 1)]


def span_label(seconds: float) -> str:
    """A tick's label, in the largest unit that divides it: ``30 s``, ``5 min``, ``2 h``."""
    for size, unit in ((DAY, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:g} s"


def _round_numbers(unit: int) -> Iterator[int]:
    for power in count():
        for digit in (1, 2, 5):
            yield digit * 10**power * unit


def _needed(largest: float, step: float) -> int:
    """How many steps reach ``largest``; one at least. Rounded, for 0.1 has no exact form."""
    return max(int(-(-round(largest / step, 6) // 1)), 1)
