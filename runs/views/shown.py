"""Any JSON as something to look at: tables, lists of facts, text.

Bounded in every direction: an output may be as large as the document it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from runs.shapes import NO_SHAPE, Shape, in_declared_order, label_of

LONG_TEXT: Final = 240
LONGEST_TEXT: Final = 20_000
MOST_ROWS: Final = 200
DEEPEST: Final = 6

Kind = Literal["nothing", "truth", "number", "text", "long_text", "facts", "list", "table"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A value and how to show it; ``kind`` names the template below ``runs/results``.

    ``facts``: pairs of label and value. ``list``: values. ``table``: rows of values, with ``labels``.
    """

    kind: Kind
    value: Any = None
    labels: Sequence[str] = ()
    left_out_count: int = 0
    cells: Sequence[Any] = field(default=())

    @property
    def template(self) -> str:
        return f"runs/results/_{self.kind}.html"


def show(value: Any, shape: Shape = NO_SHAPE, depth: int = 0) -> Shown:
    """How to show ``value``, whose declaration is ``shape``."""
    match value:
        case None | "" | []:
            return Shown("nothing")
        case dict() if not value:
            return Shown("nothing")
        case bool():
            return Shown("truth", value)
        case int() | float():
            return Shown("number", value)
        case dict() | list() if depth >= DEEPEST:
            return show(str(value), depth=depth)
        case dict():
            return _facts(in_declared_order(value, shape), shape, depth)
        case list() if all(isinstance(item, dict) for item in value):
            return _table(value, shape.items, depth)
        case list():
            items = [show(item, shape.items, depth + 1) for item in value[:MOST_ROWS]]
            return Shown("list", left_out_count=len(value) - len(items), cells=items)
        case _:
            return _text(str(value))


def _text(text: str) -> Shown:
    if len(text) <= LONG_TEXT and "\n" not in text:
        return Shown("text", text)
    return Shown("long_text", text[:LONGEST_TEXT], left_out_count=max(len(text) - LONGEST_TEXT, 0))


def _facts(value: Mapping[str, Any], shape: Shape, depth: int) -> Shown:
    fields = shape.fields
    # A map from free names to values declares one shape for them all, and its keys are no words of ours.
    facts = [
        (label_of(name, fields[name]) if name in fields else name, show(item, fields.get(name, NO_SHAPE), depth + 1))
        for name, item in list(value.items())[:MOST_ROWS]
    ]
    return Shown("facts", left_out_count=len(value) - len(facts), cells=facts)


def _table(rows: list[dict[str, Any]], shape: Shape, depth: int) -> Shown:
    fields = shape.fields
    shown_rows = rows[:MOST_ROWS]
    found = dict.fromkeys(name for row in shown_rows for name in row)
    names = [*(name for name in fields if name in found), *(name for name in found if name not in fields)]
    labels = [label_of(name, fields.get(name, NO_SHAPE)) for name in names]
    columns = [(name, label, fields.get(name, NO_SHAPE)) for name, label in zip(names, labels, strict=True)]
    cells = [[(label, show(row.get(name), inner, depth + 1)) for name, label, inner in columns] for row in shown_rows]
    return Shown("table", labels=labels, left_out_count=len(rows) - len(shown_rows), cells=cells)
