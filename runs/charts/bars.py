"""Counts by day, stacked: a bar for each day, a piece of it for each series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from runs.charts.frame import (
    BOTTOM,
    HEIGHT,
    DayLabel,
    Series,
    Slot,
    Table,
    Tick,
    day_labels,
    day_words,
    height_of,
    slots,
    ticks,
)
from runs.charts.scales import count_ticks

LEAST_HEIGHT: Final = 2.0
"""One failure among thousands must still be seen."""
WIDEST: Final = 6.0
SHARE_OF_SLOT: Final = 0.7


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar, in pixels; ``key`` is its series'."""

    key: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: its slot, and what stands in it from the ground up. ``x`` and ``width`` in percent."""

    slot: Slot
    x: float
    width: float
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class StackedBars:
    """A drawing of counts by day. ``totals`` has each series with its sum."""

    name: str
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    labels: Sequence[DayLabel]
    totals: Sequence[tuple[Series[int], int]]
    table: Table
    bottom: float = BOTTOM
    height: int = HEIGHT
    template: str = "charts/bars.svg.html"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(total for _, total in self.totals)


def stacked_bars(name: str, days: Sequence[date], series: Sequence[Series[int]]) -> StackedBars:
    """Draw the counts of ``series``, the first of which stands on the ground.

    ``name`` tells the drawing from others on the page.
    """
    columns = list(zip(*(each.values for each in series), strict=True))
    scale = count_ticks(max(map(sum, columns), default=0))
    places = slots([_title(day, series, counts) for day, counts in zip(days, columns, strict=True)])
    width = min(places[0].width * SHARE_OF_SLOT, WIDEST) if places else 0
    return StackedBars(
        name=name,
        bars=[
            Bar(place, round(place.middle - width / 2, 3), round(width, 3), _pieces(series, counts, scale[-1]))
            for place, counts in zip(places, columns, strict=True)
        ],
        ticks=ticks(scale, lambda count: f"{count:,}"),
        labels=day_labels(days),
        totals=[(each, sum(each.values)) for each in series],
        table=_table(days, series, columns),
    )


def _pieces(series: Sequence[Series[int]], counts: Sequence[int], largest: int) -> list[Piece]:
    heights = [max(height_of(count, largest), LEAST_HEIGHT) if count else 0.0 for count in counts]
    # What small pieces are given beyond their share is taken from the largest one, where it has it.
    excess = sum(heights) - height_of(sum(counts), largest)
    tallest = heights.index(max(heights))
    heights[tallest] = max(heights[tallest] - excess, min(heights[tallest], LEAST_HEIGHT))
    pieces, ground = [], BOTTOM
    for each, height in zip(series, heights, strict=True):
        ground -= height
        if height:
            pieces.append(Piece(each.key, round(ground, 2), round(height, 2)))
    return pieces


def _title(day: date, series: Sequence[Series[int]], counts: Sequence[int]) -> str:
    said = [f"{count:,} {each.label.lower()}" for each, count in zip(series, counts, strict=True) if count]
    return f"{day_words(day)}: {', '.join(said) or 'none'}"


def _table(days: Sequence[date], series: Sequence[Series[int]], columns: Sequence[Sequence[int]]) -> Table:
    """Newest first, as lists are."""
    rows = [
        [day_words(day), *(f"{count:,}" for count in counts), f"{sum(counts):,}"]
        for day, counts in zip(days, columns, strict=True)
    ]
    return Table(["Day", *(each.label for each in series), "Together"], rows[::-1])
