"""A run's output as a table for spreadsheets.

A spreadsheet takes a cell that begins like a formula for one, and documents are written by
strangers: such a cell is given an apostrophe, which spreadsheets show as text. Plain numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from runs.agents.extraction.fields import in_present_shape

FORMULA: Final = re.compile(r"^\s*[=+\-@\t\r\n|%＝＋－＠]")
NUMBER: Final = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
BYTE_ORDER_MARK: Final = "\ufeff"
"""By which spreadsheets know that it is UTF-8."""
FIELD_COLUMNS: Final = (
    "name", "label", "value", "normalised", "currency", "type", "page", "quote", "boxes", "confidence", "source",
    "grounding",
)  # fmt: skip
FINDING_COLUMNS: Final = (
    "rule", "title", "severity", "status", "explanation", "why", "remedy", "page", "quote", "evidence_count",
)  # fmt: skip


def sheet_of(output: Any) -> list[list[Any]]:
    """Rows of cells, the first with the columns' names."""
    match output:
        case {"fields": list(fields)} if _are_objects(fields):
            return _table([in_present_shape(field) for field in fields], FIELD_COLUMNS)
        case {"findings": list(findings)} if _are_objects(findings):
            return _table([row for finding in findings for row in _by_place(finding)], FINDING_COLUMNS)
        case dict():
            tables = [value for value in output.values() if isinstance(value, list) and value and _are_objects(value)]
            return _table(tables[0]) if tables else [["name", "value"], *map(list, output.items())]
        case list() if output and _are_objects(output):
            return _table(output)
        case list():
            return [["value"], *([item] for item in output)]
        case _:
            return [["value"], [output]]


def _are_objects(items: Iterable[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _by_place(finding: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each place that shows the finding, and one for a finding that none shows."""
    evidence = finding.get("evidence")
    places = [place for place in evidence if isinstance(place, dict)] if isinstance(evidence, list) else []
    return [{**finding, "page": place.get("page"), "quote": place.get("quote")} for place in places or [{}]]


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> list[list[Any]]:
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    return [list(names), *([row.get(name) for name in names] for row in rows)]


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """The rows as CSV (RFC 4180) that no spreadsheet takes for formulas."""
    written = io.StringIO()
    csv.writer(written).writerows([cell(value) for value in row] for row in rows)
    return BYTE_ORDER_MARK + written.getvalue()


def cell(value: Any) -> str:
    """A value as a cell: numbers exactly, what is nested as JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return repr(value)
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
