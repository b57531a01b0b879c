"""Counts by name: a lying bar for each, as long as its total, in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runs.charts.frame import Series, Table

ROW_HEIGHT: Final = 46
BAR_Y: Final = 20
BAR_HEIGHT: Final = 12
LEAST_WIDTH: Final = 0.4


@dataclass(frozen=True, slots=True)
class LyingPiece:
    """A part of a bar, in percent; ``key`` is its series'."""

    key: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class LyingBar:
    """A name at ``y`` pixels with what it counts. ``note`` stands at its right."""

    label: str
    note: str
    title: str
    y: int
    pieces: Sequence[LyingPiece]
    bar_y: int
    bar_height: int = BAR_HEIGHT


@dataclass(frozen=True, slots=True)
class Shares:
    """A drawing of counts by name, the largest first."""

    name: str
    bars: Sequence[LyingBar]
    height: int
    totals: Sequence[tuple[Series[int], int]]
    table: Table
    template: str = "charts/shares.svg.html"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(total for _, total in self.totals)


def lying_bars(name: str, labels: Sequence[str], notes: Sequence[str], series: Sequence[Series[int]]) -> Shares:
    """Draw the counts of ``series`` for each of ``labels``; ``notes`` say something more of each."""
    columns = list(zip(*(each.values for each in series), strict=True))
    largest = max(map(sum, columns), default=0)
    order = sorted(range(len(labels)), key=lambda number: (-sum(columns[number]), labels[number]))
    bars = [
        LyingBar(
            label=labels[number],
            note=notes[number],
            title=_title(labels[number], series, columns[number]),
            y=row * ROW_HEIGHT + BAR_Y - 7,
            bar_y=row * ROW_HEIGHT + BAR_Y,
            pieces=_pieces(series, columns[number], largest),
        )
        for row, number in enumerate(order)
    ]
    rows = [
        [labels[number], *(f"{count:,}" for count in columns[number]), f"{sum(columns[number]):,}", notes[number]]
        for number in order
    ]
    return Shares(
        name=name,
        bars=bars,
        height=len(bars) * ROW_HEIGHT,
        totals=[(each, sum(each.values)) for each in series],
        table=Table(["Agent", *(each.label for each in series), "Together", "Usual running time"], rows),
    )


def _pieces(series: Sequence[Series[int]], counts: Sequence[int], largest: int) -> list[LyingPiece]:
    widths = [max(count / largest * 100, LEAST_WIDTH) if count else 0.0 for count in counts]
    excess = max(sum(widths) - 100, 0)
    widths[widths.index(max(widths))] -= excess
    pieces, x = [], 0.0
    for each, width in zip(series, widths, strict=True):
        if width:
            pieces.append(LyingPiece(each.key, round(x, 3), round(width, 3)))
        x += width
    return pieces


def _title(label: str, series: Sequence[Series[int]], counts: Sequence[int]) -> str:
    said = [f"{count:,} {each.label.lower()}" for each, count in zip(series, counts, strict=True) if count]
    return f"{label}: {', '.join(said) or 'none'}"
