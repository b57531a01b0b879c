"""Spans of time by day: a line for each series, broken where a day has no value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
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
from runs.charts.scales import span_label, span_ticks

LINE_HEIGHT: Final = 14.0
"""What a label needs, so that the next one does not touch it."""
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Dot:
    """A day's value: ``x`` in percent, ``y`` in pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its dots, the strokes between days that follow each other, and its name at the end."""

    key: str
    label: str
    dots: Sequence[Dot]
    strokes: Sequence[tuple[Dot, Dot]]
    label_y: float
    last: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A drawing of spans by day."""

    name: str
    lines: Sequence[Line]
    slots: Sequence[Slot]
    ticks: Sequence[Tick]
    labels: Sequence[DayLabel]
    table: Table
    bottom: float = BOTTOM
    height: int = HEIGHT
    template: str = "charts/lines.svg.html"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(line.dots for line in self.lines)


def span_lines(name: str, days: Sequence[date], series: Sequence[Series[float | None]], words: Words) -> Lines:
    """Draw the seconds of ``series``; ``words`` says a span to people. None is a day without a value."""
    known = [value for each in series for value in each.values if value is not None]
    scale = span_ticks(max(known, default=0.0))
    columns = list(zip(*(each.values for each in series), strict=True))
    places = slots([_title(day, series, values, words) for day, values in zip(days, columns, strict=True)])
    drawn = [_line(each, places, scale[-1], words) for each in series]
    return Lines(
        name=name,
        lines=_apart(drawn),
        slots=places,
        ticks=ticks(scale, span_label),
        labels=day_labels(days),
        table=_table(days, series, columns, words),
    )


def _line(series: Series[float | None], places: Sequence[Slot], largest: float, words: Words) -> Line:
    found = [
        None if value is None else Dot(place.middle, round(BOTTOM - height_of(value, largest), 2))
        for place, value in zip(places, series.values, strict=True)
    ]
    dots = [dot for dot in found if dot is not None]
    strokes = [(one, other) for one, other in pairwise(found) if one and other]
    last = next((words(value) for value in reversed(series.values) if value is not None), "")
    return Line(series.key, series.label, dots, strokes, dots[-1].y if dots else BOTTOM, last)


def _apart(lines: Sequence[Line]) -> list[Line]:
    """The same lines, with their names far enough from each other to be read, and above the ground."""
    placed: list[Line] = []
    floor = BOTTOM
    for line in sorted(lines, key=lambda line: -line.label_y):
        y = min(line.label_y, floor)
        placed.append(Line(line.key, line.label, line.dots, line.strokes, round(y, 2), line.last))
        floor = y - LINE_HEIGHT
    return sorted(placed, key=lambda line: [each.key for each in lines].index(line.key))


def _title(day: date, series: Sequence[Series[float | None]], values: Sequence[float | None], words: Words) -> str:
    said = [
        f"{each.label.lower()} within {words(value)}"
        for each, value in zip(series, values, strict=True)
        if value is not None
    ]
    return f"{day_words(day)}: {', '.join(said) or 'none'}"


def _table(
    days: Sequence[date],
    series: Sequence[Series[float | None]],
    columns: Sequence[Sequence[float | None]],
    words: Words,
) -> Table:
    """Newest first, as lists are."""
    rows = [
        [day_words(day), *("–" if value is None else words(value) for value in values)]
        for day, values in zip(days, columns, strict=True)
    ]
    return Table(["Day", *(each.label for each in series)], rows[::-1])
