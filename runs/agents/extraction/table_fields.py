"""A table found in a document: typed columns, and rows with the evidence for each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel
from pydantic import Field as Described

from runs.agents.extraction.fields import Grounding, Source

ColumnType = Literal["text", "number", "amount", "date", "percent"]


class TableColumn(BaseModel):
    """A column. ``name`` is what it holds, in snake case, where its header tells; else made of the header."""

    name: str = Described(description="description, quantity, unit, unit_price, tax_rate, discount, amount …")
    header: str = Described(description="As it stands above the column.")
    type: ColumnType


class TableCell(BaseModel):
    """One cell; both are empty where nothing stands."""

    value: str = Described(description="As it stands in the document.")
    normalised: str = Described(
        description="For machines: dates as YYYY-MM-DD, amounts, numbers and percents as 1234.50."
    )


class TableRow(BaseModel):
    """One row, with as many cells as there are columns."""

    cells: list[TableCell]
    page: int = Described(ge=1)
    quote: str = Described(description="The line of the page that the row begins with.")
    boxes: list[tuple[float, float, float, float]] = Described(
        default_factory=list, description="One for each cell, as those of values."
    )
    confidence: float = Described(ge=0, le=1, description="Higher where quantity times price is the amount.")
    grounding: Grounding = "not_found"


class ExtractedTable(BaseModel):
    """A table of a document."""

    name: str = Described(description="line_items for what an invoice charges, table for any other.")
    page: int = Described(ge=1, description="Where it begins.")
    columns: list[TableColumn]
    rows: list[TableRow]
    source: Source = "table"
    sums_to: str | None = Described(
        default=None, description="net_total or total, where the amounts of the rows add up to it."
    )
