"""Drawings are true: pieces add up, nothing leaves the frame, scales reach, and the table has the same numbers."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.charts import Series, lying_bars, span_lines, stacked_bars
from runs.charts.bars import LEAST_HEIGHT
from runs.charts.frame import BOTTOM, MOST_LABELS, TOP, day_labels, height_of
from runs.charts.lines import LINE_HEIGHT
from runs.charts.scales import MOST_TICKS, count_ticks, span_label, span_ticks

TODAY = date(2026, 11, 24)
KEYS = ("completed", "failed", "cancelled")
COUNTS = st.lists(st.tuples(*[st.integers(0, 200_000) | st.integers(0, 5)] * 3), min_size=1, max_size=90)
SPANS = st.none() | st.floats(0, 5_000_000)
PAIRS = st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=90)


def days(count: int) -> list[date]:
    return [TODAY - timedelta(days=back) for back in reversed(range(count))]


def counts(columns: list[tuple[int, ...]]) -> list[Series[int]]:
    return [Series(key, key.capitalize(), [column[place] for column in columns]) for place, key in enumerate(KEYS)]


def words(seconds: float) -> str:
    return f"{seconds!r}"


# --- Scales


@given(st.integers(0, 10**9))
def test_count_ticks_are_round_whole_even_and_reach_the_largest(largest: int) -> None:
    ticks = count_ticks(largest)
    assert ticks[0] == 0
    assert ticks[-1] >= max(largest, 1)
    assert len(ticks) - 1 <= MOST_TICKS
    assert len({other - one for one, other in pairwise(ticks)}) == 1
    assert str(ticks[1]).strip("0") in {"1", "2", "5"}
    # No more room above than one step.
    assert ticks[-2] < max(largest, 1)


@given(st.floats(0, 10**9))
def test_span_ticks_are_even_and_reach_the_largest(largest: float) -> None:
    ticks = span_ticks(largest)
    assert ticks[0] == 0
    assert ticks[-1] >= largest - 1e-6
    assert len(ticks) - 1 <= MOST_TICKS
    steps = [other - one for one, other in pairwise(ticks)]
    assert max(steps) - min(steps) < 1e-6


@pytest.mark.parametrize(
    ("largest", "labels"),
    [
        (0.35, ["0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s"]),
        (41, ["0 s", "15 s", "30 s", "45 s"]),
        (700, ["0 s", "5 min", "10 min", "15 min"]),
        (9000, ["0 s", "1 h", "2 h", "3 h"]),
        (200_000, ["0 s", "1 d", "2 d", "3 d"]),
    ],
)
def test_span_ticks_are_round_as_a_clock_is(largest: float, labels: list[str]) -> None:
    assert [span_label(tick) for tick in span_ticks(largest)] == labels


# --- Bars


@given(COUNTS)
def test_pieces_of_a_bar_add_up_to_its_count(columns: list[tuple[int, ...]]) -> None:
    drawing = stacked_bars("outcomes", days(len(columns)), counts(columns))
    largest = count_ticks(max(map(sum, columns)))[-1]
    for bar, column in zip(drawing.bars, columns, strict=True):
        exact = height_of(sum(column), largest)
        drawn = sum(piece.height for piece in bar.pieces)
        # Only where all that there is would be too small to be seen may a bar be taller than its count.
        least = LEAST_HEIGHT * len(bar.pieces)
        assert drawn == pytest.approx(max(exact, least), abs=0.05) or least > exact
        assert [piece.key for piece in bar.pieces] == [key for key, count in zip(KEYS, column, strict=True) if count]
        assert all(piece.height >= LEAST_HEIGHT - 0.01 for piece in bar.pieces)


@given(COUNTS)
def test_no_bar_leaves_the_frame_or_touches_its_neighbour(columns: list[tuple[int, ...]]) -> None:
    drawing = stacked_bars("outcomes", days(len(columns)), counts(columns))
    for bar in drawing.bars:
        assert bar.slot.x <= bar.x
        assert bar.x + bar.width <= bar.slot.x + bar.slot.width + 0.01
        assert bar.slot.x + bar.slot.width <= 100.1
        ground = BOTTOM
        for piece in bar.pieces:
            assert piece.y + piece.height == pytest.approx(ground, abs=0.05)
            ground = piece.y
        assert ground >= TOP - 0.05
    assert len(drawing.bars) == len(columns)


@given(COUNTS)
def test_the_table_has_every_number_newest_first(columns: list[tuple[int, ...]]) -> None:
    drawing = stacked_bars("outcomes", days(len(columns)), counts(columns))
    assert drawing.table.head == ["Day", "Completed", "Failed", "Cancelled", "Together"]
    read = [tuple(int(cell.replace(",", "")) for cell in row[1:]) for row in drawing.table.rows]
    assert read == [(*column, sum(column)) for column in reversed(columns)]
    assert [total for _, total in drawing.totals] == [sum(each) for each in zip(*columns, strict=True)]
    assert drawing.is_empty == (not any(map(sum, columns)))


def test_a_day_says_what_it_brought() -> None:
    drawing = stacked_bars("outcomes", days(2), counts([(0, 0, 0), (1200, 3, 0)]))
    assert [bar.slot.title for bar in drawing.bars] == ["23 Nov: none", "24 Nov: 1,200 completed, 3 failed"]


# --- Lines


@given(PAIRS)
def test_lines_stay_in_the_frame_and_break_where_a_day_has_nothing(
    pairs: list[tuple[float | None, float | None]],
) -> None:
    series = [Series("slow", "Nine of ten", [a for a, _ in pairs]), Series("median", "Half", [b for _, b in pairs])]
    drawing = span_lines("waits", days(len(pairs)), series, words)
    for line, each in zip(drawing.lines, series, strict=True):
        assert line.key == each.key
        known = [value is not None for value in each.values]
        assert len(line.dots) == sum(known)
        assert len(line.strokes) == sum(one and other for one, other in pairwise(known))
        assert all(0 < dot.x < 100 and TOP - 0.05 <= dot.y <= BOTTOM for dot in line.dots)
    read = [row[1:] for row in reversed(drawing.table.rows)]
    assert read == [["–" if value is None else words(value) for value in pair] for pair in pairs]


@given(PAIRS)
def test_names_at_the_end_do_not_touch(pairs: list[tuple[float | None, float | None]]) -> None:
    series = [Series("slow", "Nine of ten", [a for a, _ in pairs]), Series("median", "Half", [b for _, b in pairs])]
    one, other = span_lines("waits", days(len(pairs)), series, words).lines
    assert abs(one.label_y - other.label_y) >= LINE_HEIGHT - 0.02
    assert max(one.label_y, other.label_y) <= BOTTOM


@given(st.integers(1, 400))
def test_days_are_named_sparsely_and_the_last_one_always(count: int) -> None:
    labels = day_labels(days(count))
    assert 1 <= len(labels) <= MOST_LABELS
    assert labels[0].text.endswith("24 Nov" if count > 7 else "Tue 24")
    assert not labels[0].is_minor


# --- Shares


@given(COUNTS)
def test_lying_bars_are_as_long_as_their_share_of_the_largest(columns: list[tuple[int, ...]]) -> None:
    names = [f"agent {number}" for number in range(len(columns))]
    drawing = lying_bars("agents", names, ["–"] * len(names), counts(columns))
    largest = max(map(sum, columns))
    by_name = dict(zip(names, columns, strict=True))
    totals = [sum(by_name[bar.label]) for bar in drawing.bars]
    assert totals == sorted(totals, reverse=True)
    for bar in drawing.bars:
        x = 0.0
        for piece in bar.pieces:
            assert piece.x == pytest.approx(x, abs=0.01)
            x += piece.width
        assert x <= 100.01
        # Pieces too small to be seen are drawn wider, by less than a percent each.
        if largest:
            assert x == pytest.approx(sum(by_name[bar.label]) / largest * 100, abs=1.3)
        assert bar.bar_y + bar.bar_height <= drawing.height


def test_what_has_nothing_is_empty_and_still_drawn() -> None:
    drawing = stacked_bars("outcomes", days(30), counts([(0, 0, 0)] * 30))
    assert drawing.is_empty
    assert (len(drawing.bars), [tick.label for tick in drawing.ticks]) == (30, ["0", "1"])
    assert span_lines("waits", days(3), [Series("slow", "Nine of ten", [None] * 3)], words).is_empty
    assert lying_bars("agents", ["a"], ["–"], counts([(0, 0, 0)])).is_empty
