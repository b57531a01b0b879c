"""Tables: ruled ones, those told by their columns, and those of web pages; and what is none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from fpdf import FPDF
from making import Placed, drawn, lines, pdf, rewritten

from runs.documents import Box, Table, read
from runs.documents.ruled_tables import ruled_tables

POINTS = 72 / 25.4
GOODS = [
    ["Item", "Quantity", "Unit price", "Amount"],
    ["Oak shelf", "2", "49.00", "98.00"],
    ["Walnut table with two drawers", "1", "1,120.00", "1,120.00"],
    ["Lamp", "12", "35.50", "426.00"],
]


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def grid(document: FPDF, rows: Sequence[Sequence[str]], top: float = 40, width: float = 40, height: float = 8) -> None:
    """Draw a table with rules around every cell."""
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            document.rect(20 + width * column, top + height * number, width, height)
            document.text(22 + width * column, top + height * number + 5, text)


def columns(rows: Sequence[Sequence[str]], top: float = 40, leading: float = 6) -> list[Placed]:
    """Place the cells of a table without rules: the first column from the left, others to the right."""
    rights = (110, 140, 180)
    placed: list[Placed] = []
    for number, (first, *others) in enumerate(rows):
        placed.append((20, top + leading * number, first))
        placed += [
            (right - len(text) * 1.75, top + leading * number, text)
            for right, text in zip(rights, others, strict=True)
            if text
        ]
    return placed


def test_ruled_table_has_its_cells_with_their_boxes(tmp_path: Path) -> None:
    goods = [[text[:16].strip() for text in row] for row in GOODS]

    def draw(document: FPDF) -> None:
        document.text(20, 30, "Order of the third of May")
        grid(document, goods)
        document.text(20, 90, "Thank you for your order")

    (table,) = read(drawn(tmp_path / "p.pdf", draw)).tables
    assert (table.page, texts(table), table.continues) == (1, goods, False)
    assert table.box == pytest.approx(Box(20 * POINTS, 40 * POINTS, 180 * POINTS, 72 * POINTS), abs=1)
    cell = Box(100 * POINTS, 48 * POINTS, 140 * POINTS, 56 * POINTS)
    assert table.rows[1][2].box == pytest.approx(cell, abs=1)


@pytest.mark.parametrize("degrees", [90, 270])
def test_table_drawn_on_its_side_on_a_page_that_is_turned_is_upright(tmp_path: Path, degrees: int) -> None:
    goods = [[text[:16].strip() for text in row] for row in GOODS]

    def draw(document: FPDF) -> None:
        with document.rotation(degrees, 105, 148):
            grid(document, goods, top=140, width=35)

    (table,) = read(rewritten(drawn(tmp_path / "p.pdf", draw), tmp_path / "turned.pdf", rotation=degrees)).tables
    assert texts(table) == goods


def test_cell_that_spans_others_has_its_text_in_the_first(tmp_path: Path) -> None:
    def draw(document: FPDF) -> None:
        document.rect(20, 40, 120, 8)
        document.text(22, 45, "Prices of the year")
        grid(document, [["Item", "May", "June"], ["Shelf", "49.00", "51.00"]], top=48)

    (table,) = read(drawn(tmp_path / "p.pdf", draw)).tables
    assert texts(table) == [["Prices of the year", "", ""], ["Item", "May", "June"], ["Shelf", "49.00", "51.00"]]
    assert table.rows[0][1].box is None


def test_rule_below_every_few_rows_parts_columns_but_not_rows(tmp_path: Path) -> None:
    def draw(document: FPDF) -> None:
        for block in range(2):
            for column in range(3):
                document.rect(20 + 40 * column, 40 + 18 * block, 40, 18)
                for row in range(3):
                    document.text(22 + 40 * column, 45 + 18 * block + 5 * row, f"{100 * block + 10 * row + column}")

    (table,) = read(drawn(tmp_path / "p.pdf", draw)).tables
    expected = [
        [f"{100 * block + 10 * row + column}" for column in range(3)] for block in range(2) for row in range(3)
    ]
    assert texts(table) == expected


def test_table_without_rules_is_told_by_its_columns(tmp_path: Path) -> None:
    placed = [*lines("Invoice for May", "All goods were delivered in good order"), *columns(GOODS)]
    placed += lines("Payable within thirty days of the date of this invoice to the account below.", top=80)
    (table,) = read(pdf(tmp_path / "p.pdf", placed)).tables
    assert texts(table) == GOODS
    assert table.box is not None
    assert table.box.left == pytest.approx(20 * POINTS, abs=2)
    assert 34 * POINTS < table.box.top < 40 * POINTS
    assert 58 * POINTS < table.box.bottom < 62 * POINTS


def test_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    rows = [GOODS[0], GOODS[1], ["made to measure", "", "", ""], GOODS[3], ["with a shade", "", "", ""], GOODS[2]]
    (table,) = read(pdf(tmp_path / "p.pdf", columns(rows, leading=5))).tables
    assert texts(table) == [
        GOODS[0],
        ["Oak shelf made to measure", *GOODS[1][1:]],
        ["Lamp with a shade", *GOODS[3][1:]],
        GOODS[2],
    ]


def test_header_whose_cells_stand_at_half_lines_is_one_row(tmp_path: Path) -> None:
    head = [(20.0, 38.0, "Item"), (85.0, 36.5, "Unit"), (85.0, 39.5, "price"), (140.0, 38.0, "Amount")]
    body = [
        (left, 46.0 + 6 * row, text) for row in range(3) for left, text in ((20, "Lamp"), (85, "2.50"), (140, "5.00"))
    ]
    (table,) = read(pdf(tmp_path / "p.pdf", [*head, *body])).tables
    assert texts(table) == [["Item", "Unit price", "Amount"], *[["Lamp", "2.50", "5.00"]] * 3]


def test_table_goes_on_over_the_end_of_a_page(tmp_path: Path) -> None:
    first = [*lines("Acme Ltd"), *columns([GOODS[0], *GOODS[1:] * 3]), (100, 280, "Page 1")]
    second = [*lines("Acme Ltd"), *columns([GOODS[0], *GOODS[1:]]), (100, 280, "Page 2")]
    tables = read(pdf(tmp_path / "p.pdf", first, second)).tables
    assert [(table.page, table.continues) for table in tables] == [(1, False), (2, True)]


def test_table_below_other_text_of_the_next_page_is_another(tmp_path: Path) -> None:
    text = lines(*(f"This is sentence {number} of the terms of delivery" for number in range(6)))
    other = columns([["Name", *GOODS[0][1:]], *GOODS[1:]], top=80)
    tables = read(pdf(tmp_path / "p.pdf", columns(GOODS), [*text, *other])).tables
    assert [(table.page, table.continues) for table in tables] == [(1, False), (2, False)]


@pytest.mark.parametrize(
    "placed",
    [
        [
            place
            for number in range(12)
            for place in (
                (20.0, 30.0 + 5 * number, f"this is line {number} of the left column of prose"),
                (110.0, 30.0 + 5 * number, f"and line {number} of the right column of it"),
            )
        ],
        [
            (left, 30.0 + 5 * row, text)
            for left, rows in (
                (20.0, ("Seller Ltd", "12 Long Lane", "London N1 7AA", "England")),
                (120.0, ("Buyer GmbH", "Lange Gasse 3", "10115 Berlin", "Germany")),
            )
            for row, text in enumerate(rows)
        ],
        lines(*(f"A line of a letter, number {number}, that goes on and on" for number in range(20))),
    ],
    ids=["prose", "addresses", "letter"],
)
def test_what_only_stands_beside_each_other_is_no_table(tmp_path: Path, placed: list[Placed]) -> None:
    assert list(read(pdf(tmp_path / "p.pdf", placed)).tables) == []


def test_frames_around_text_are_no_tables(tmp_path: Path) -> None:
    def draw(document: FPDF) -> None:
        for top in (20, 60, 100):
            document.rect(20, top, 170, 30)
            document.text(25, top + 8, "A notice in a frame")

    assert list(read(drawn(tmp_path / "p.pdf", draw)).tables) == []


def test_rules_without_end_are_bounded() -> None:
    rules = [Box(0, place, 500, place + 0.5) for place in range(0, 4000, 4)]
    rules += [Box(place, 0, place + 0.5, 4000) for place in range(0, 4000, 4)]
    begun = time.process_time()
    assert ruled_tables(1, [], rules) == []
    assert time.process_time() - begun < 5


def test_table_of_a_web_page_has_rows_of_equal_length(tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    page.write_text(
        "<table><caption>Goods</caption><tr><th rowspan=2>Item<th colspan=2>Price in <b>EUR</b></tr>"
        "<tr><td>net<td>gross</tr><tr><td>Oak<br>shelf<script>x</script><td>1.00<td hidden>9<td>1.19</tr></table>"
        "<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>"
        "<table><tr><td><table><tr><td>in<td>side</tr><tr><td>1<td>2</table><td>out</tr><tr><td>x<td>y</table>",
        encoding="utf-8",
    )
    tables = read(page).tables
    assert [texts(table) for table in tables] == [
        [["Item", "Price in EUR", ""], ["", "net", "gross"], ["Oak shelf", "1.00", "1.19"]],
        [["in", "side"], ["1", "2"]],
    ]


def test_spans_of_a_web_page_do_not_grow_without_bounds(tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    rows = "<tr>" + "<td rowspan=99999 colspan=99999>x" * 50 + "</tr>"
    page.write_text(f"<table>{rows * 50}</table><table><tr><td>1<td>2<tr><td>3<td>4</table>", encoding="utf-8")
    begun = time.process_time()
    assert sum(len(row) for table in read(page).tables for row in table.rows) <= 20_000
    assert time.process_time() - begun < 5
