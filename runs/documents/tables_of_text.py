"""Reading tables written as text: values separated by commas, semicolons or tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from runs.documents.characters import clean
from runs.documents.kinds import CSV
from runs.documents.pages import Cell, Page, Reading, Table
from runs.documents.text import decode, read_bytes, refuse_masses, words_of
from runs.documents.written_kinds import rows_of, separator_of

MOST_CELLS: Final = 400_000


def read_csv(path: Path) -> Reading:
    """Read a table written as text: its rows as lines, its cells separated by tabs."""
    text, encoding = decode(read_bytes(path))
    refuse_masses(len(text))
    separator = separator_of(text) or ","
    rows = [[" ".join(clean(cell).split()) for cell in row] for row in rows_of(text, separator) if any(row)]
    text = "\n".join("\t".join(row).rstrip() for row in rows)
    page = Page(1, text, words_of(text))
    metadata = {"encoding": encoding, "separator": "tab" if separator == "\t" else separator}
    width = max(map(len, rows), default=0)
    if width * len(rows) > MOST_CELLS:
        return Reading(CSV, [page], metadata, ["The table has too many cells to be shown as one; its text was read."])
    table = Table(1, None, [[*map(Cell, row), *[Cell("")] * (width - len(row))] for row in rows])
    return Reading(CSV, [page], metadata, [], [table] if width else [])
