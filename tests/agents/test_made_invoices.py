"""Invoices made by chance: what is found of them, and how far its confidence can be trusted."""

from __future__ import annotations

import pytest

from runs.agents.extraction import Extraction, extract
from runs.documents import read
from tests.agents.invoice_making import Made, make

SEEDS = range(1000, 1054)
SURE = 0.9
AT_LEAST_RIGHT = 0.95
TYPES = {
    "description": "text",
    "quantity": "number",
    "unit_price": "amount",
    "tax_rate": "percent",
    "amount": "amount",
}


@pytest.fixture(scope="module")
def read_ones(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Made, Extraction]]:
    folder = tmp_path_factory.mktemp("invoices")
    return [(made, extract(read(made.path))) for made in (make(folder, seed) for seed in SEEDS)]


def even(text: str) -> str:
    return " ".join(text.casefold().split())


def judged(made: Made, found: Extraction) -> list[tuple[str, float, bool]]:
    """The values of the fields whose truth is known: name, confidence, whether it is right."""
    return [
        (field.name, field.confidence, even(field.normalised) in map(even, made.truth[field.name].split("|")))
        for field in found.fields
        if field.name in made.truth
    ]


def test_of_the_values_given_as_sure_nearly_all_are_right(read_ones: list[tuple[Made, Extraction]]) -> None:
    sure = [(name, right) for each in read_ones for name, confidence, right in judged(*each) if confidence >= SURE]
    assert len(sure) > 5 * len(read_ones)
    assert sum(right for _, right in sure) >= AT_LEAST_RIGHT * len(sure), [name for name, right in sure if not right]


def test_nearly_everything_an_invoice_states_is_found(read_ones: list[tuple[Made, Extraction]]) -> None:
    missing = [
        (made.path.name, name, value)
        for made, found in read_ones
        for name, values in made.truth.items()
        for value in values.split("|")
        if all(field.name != name or even(field.normalised) != even(value) for field in found.fields)
    ]
    stated = sum(len(value.split("|")) for made, _ in read_ones for value in made.truth.values())
    assert len(missing) <= 0.03 * stated, missing


def test_every_value_and_row_is_found_on_its_page_again(read_ones: list[tuple[Made, Extraction]]) -> None:
    for made, found in read_ones:
        assert {field.grounding for field in found.fields} == {"verified"}, made.path.name
        assert {row.grounding for table in found.tables for row in table.rows} <= {"verified"}, made.path.name
        if made.path.suffix == ".pdf":
            assert all(field.boxes for field in found.fields)
            assert all(row.boxes for table in found.tables for row in table.rows)


def test_what_was_charged_is_a_table_with_typed_columns(read_ones: list[tuple[Made, Extraction]]) -> None:
    wrong = []
    for made, found in read_ones:
        [table] = [table for table in found.tables if table.name == "line_items"]
        types = {column.name: column.type for column in table.columns}
        assert types == TYPES, made.path.name
        names = [column.name for column in table.columns]
        rows = [dict(zip(names, (cell.normalised for cell in row.cells), strict=True)) for row in table.rows]
        wrong += [(made.path.name, row) for row in made.lines if row not in [{k: r[k] for k in row} for r in rows]]
        assert len(rows) == len(made.lines), made.path.name
        assert table.sums_to == "net_total"
        assert all(row.confidence >= SURE for row in table.rows)
    assert wrong == []
