"""From numbers to drawings that templates turn into SVG: geometry and words, no database and no HTML.

A drawing measures across in percent of its width and down in pixels, so that it stretches with
the page while its text keeps its size. Every drawing comes with the table of what it shows.

- ``scales``: where an axis has its ticks
- ``frame``: what drawings over days share: ticks, days, the table
- ``bars``: counts by day, stacked
- ``lines``: spans by day, one line for each series
- ``shares``: counts by name, a lying bar for each
"""

from runs.charts.bars import StackedBars, stacked_bars
from runs.charts.frame import Series, Table
from runs.charts.lines import Lines, span_lines
from runs.charts.shares import Shares, lying_bars

__all__ = ["Lines", "Series", "Shares", "StackedBars", "Table", "lying_bars", "span_lines", "stacked_bars"]
