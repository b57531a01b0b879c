"""What drawings over days share: the plot's measures, its ticks and days, and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

V = TypeVar("V")
N = TypeVar("N", int, float)

TOP: Final = 12.0
"""Room for half a label above the uppermost tick."""
BOTTOM: Final = 168.0
"""Where nothing is: the line on which bars stand."""
HEIGHT: Final = 192
"""With the days below."""
MOST_LABELS: Final = 7
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Series(Generic[V]):
    """One value for each day. ``key`` names it in the stylesheet, ``label`` for people."""

    key: str
    label: str
    values: Sequence[V]


@dataclass(frozen=True, slots=True)
class Table:
    """What a drawing shows, in words and numbers: the head, and rows of as many cells."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across at ``y`` pixels."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class DayLabel:
    """A day's name at ``x`` percent; every second one is left out where it is narrow."""

    x: float
    text: str
    is_minor: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A day's place: from ``x`` on, ``width`` wide, in percent. ``title`` is what the pointer is told there."""

    x: float
    width: float
    title: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)


def slots(titles: Sequence[str]) -> list[Slot]:
    """Places of the same width for as many days as there are titles."""
    width = 100 / max(len(titles), 1)
    return [Slot(round(number * width, 3), round(width, 3), title) for number, title in enumerate(titles)]


def height_of(value: float, largest_tick: float) -> float:
    """How many pixels ``value`` rises above the ground."""
    return value / largest_tick * (BOTTOM - TOP)


def ticks(values: Sequence[N], label: Callable[[N], str]) -> list[Tick]:
    """The lines across at these values, the last of which is at the top."""
    return [Tick(round(BOTTOM - height_of(value, values[-1]), 2), label(value)) for value in values]


def day_labels(days: Sequence[date]) -> list[DayLabel]:
    """Names for as many days as there is room for, the last one always among them."""
    every = -(-len(days) // MOST_LABELS)
    named = range(len(days) - 1, -1, -every) if days else range(0)
    width = 100 / max(len(days), 1)
    return [
        DayLabel(round((number + 0.5) * width, 3), _name(days[number], len(days)), place % 2 == 1)
        for place, number in enumerate(named)
    ]


def day_words(day: date) -> str:
    """``3 Nov``."""
    return f"{day.day} {day:%b}"


def _name(day: date, count: int) -> str:
    return f"{day:%a} {day.day}" if count <= WEEK else day_words(day)
