"""A run's result: as text for people, as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runs import agents
from runs.models import AgentRun
from runs.schemas import RunShape
from runs.shapes import in_declared_order, label_of, shape_of
from runs.terminal.console import one_line

LONGEST_CELL = 40
LONGEST_VALUE = 120
MOST_ROWS = 200
CELL_PADDING = 2


class PublicAddress:
    """Stands for a request where there is none: links begin with ``PUBLIC_URL``."""

    def build_absolute_uri(self, path: str) -> str:
        return f"{settings.PUBLIC_URL}{path}"


def page_of_run(run: AgentRun) -> str:
    """The address of the run's page."""
    return PublicAddress().build_absolute_uri(reverse("run", args=[run.pk]))


def run_as_json(run: AgentRun) -> str:
    """The run in the shape of ``/api/v1/``."""
    return as_json(RunShape.model_validate(run, context={"request": PublicAddress()}).model_dump(mode="json"))


def as_json(value: Any) -> str:
    """``value`` as a standard output of any encoding can carry it."""
    return json.dumps(value, indent=2)


def print_result(console: Console, run: AgentRun) -> None:
    """Print what the run found, its lists as tables."""
    outcome = run.summary or run.result or run.error
    console.print(Text(f"{run}: {run.status}. {one_line(outcome, LONGEST_VALUE)}".strip()), soft_wrap=True)
    if isinstance(run.output, dict):
        agent = agents.AGENTS.get(run.agent)
        output = in_declared_order(run.output, shape_of(agent.Output)) if agent else run.output
        _print_values(console, output)
    console.print(Text(page_of_run(run)), soft_wrap=True)


def _print_values(console: Console, values: Mapping[str, Any], within: str = "") -> None:
    """First the plain values, then what is inside the others."""
    plain = {name: value for name, value in values.items() if _is_plain(value) and value not in (None, "", [], {})}
    if plain:
        console.print()
        _print_pairs(console, plain, within)
    for name, value in values.items():
        match value:
            case dict() if value:
                _print_values(console, value, label_of(name))
            case [dict(), *_]:
                console.print()
                print_table(console, value, title=label_of(name))
            case [_, *_] if not _is_plain(value):
                console.print()
                console.print(Text(f"{label_of(name)}: {len(value)} entries"))


def _print_pairs(console: Console, values: Mapping[str, Any], title: str) -> None:
    if title:
        console.print(Text(title, style="bold"))
    grid = Table.grid(padding=(0, CELL_PADDING))
    for name, value in values.items():
        grid.add_row(Text(label_of(name), style="dim"), Text(_in_words(value, LONGEST_VALUE)))
    console.print(grid)


def print_table(console: Console, rows: Sequence[Mapping[str, Any]], *, title: str = "") -> None:
    """Print ``rows`` under the columns that there is room for; say what is left out."""
    shown = rows[:MOST_ROWS]
    cells = _columns(shown)
    fitting = _fitting(cells, console.width)
    table = Table(title=Text(title, style="bold") if title else None, title_justify="left", box=None)
    for name in fitting:
        table.add_column(Text(label_of(name), style="dim"), no_wrap=True, overflow="ellipsis")
    for number in range(len(shown)):
        table.add_row(*(Text(cells[name][number]) for name in fitting))
    console.print(table)
    _print_left_out(console, len(rows) - len(shown), [name for name in cells if name not in fitting])


def _columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The cells of every column that says something of its own."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [_in_words(row.get(name), LONGEST_CELL) for row in rows] for name in names}
    kept: dict[tuple[str, ...], str] = {}
    for name, cells in columns.items():
        # A name and its label say the same: one of them will do.
        same = tuple(cell.replace("_", " ").casefold() for cell in cells)
        if any(cells) and same not in kept:
            kept[same] = name
    return {name: columns[name] for name in kept.values()}


def _fitting(columns: Mapping[str, Sequence[str]], width: int) -> list[str]:
    fitting: list[str] = []
    for name, cells in columns.items():
        width -= max(len(label_of(name)), *map(len, cells)) + CELL_PADDING
        if width < 0 and fitting:
            break
        fitting.append(name)
    return fitting


def _print_left_out(console: Console, row_count: int, columns: Sequence[str]) -> None:
    parts = [f"{row_count:,} more rows"] if row_count > 0 else []
    parts += [f"the columns {', '.join(columns)}"] if columns else []
    if parts:
        console.print(Text(f"Not shown: {' and '.join(parts)}; --json gives everything.", style="dim"), soft_wrap=True)


def _is_plain(value: Any) -> bool:
    """Whether the value can be said in a line: neither an object nor a list of them."""
    match value:
        case dict():
            return not value
        case list():
            return not any(isinstance(item, dict | list) for item in value)
        case _:
            return True


def _in_words(value: Any, longest: int) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() if _is_plain(value):
            return one_line(", ".join(_in_words(item, longest) for item in value), longest)
        case dict() | list():
            return ""
        case _:
            return one_line(value, longest)
