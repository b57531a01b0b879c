"""Reading PDFs: text, words, boxes, order."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from making import SHARED, lines, pdf, rewritten

from runs.documents import Page, UnreadableDocument, read

POINTS = 72 / 25.4


def only_page(path: Path) -> Page:
    (page,) = read(path).pages
    return page


def test_words_lie_where_they_are_seen(tmp_path: Path) -> None:
    page = only_page(pdf(tmp_path / "p.pdf", [(20, 50, "Hello"), (100, 50, "world")]))
    assert page.text == "Hello world"
    hello, world = page.words
    assert (hello.start, world.start) == (0, 6)
    assert hello.box is not None
    assert world.box is not None
    assert hello.box.left == pytest.approx(20 * POINTS, abs=1.5)
    assert world.box.left == pytest.approx(100 * POINTS, abs=1.5)
    assert hello.box.top < 50 * POINTS < hello.box.bottom
    assert (page.width, page.height) == (pytest.approx(595.3, abs=1), pytest.approx(841.9, abs=1))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_boxes_follow_the_pages_rotation(tmp_path: Path, rotation: int) -> None:
    upright = pdf(tmp_path / "p.pdf", [(20, 50, "Hello")])
    before = only_page(upright)
    after = only_page(rewritten(upright, tmp_path / "turned.pdf", rotation=rotation))
    first, turned = before.words[0].box, after.words[0].box
    assert first is not None
    assert turned is not None
    width, height = before.width, before.height
    expected = {
        90: (height - first.bottom, first.left, height - first.top, first.right),
        180: (width - first.right, height - first.bottom, width - first.left, height - first.top),
        270: (first.top, width - first.right, first.bottom, width - first.left),
    }[rotation]
    assert tuple(turned) == pytest.approx(expected, abs=0.1)
    assert (after.width, after.height) == ((width, height) if rotation == 180 else (height, width))


def test_word_hyphenated_at_a_lines_end_is_one_word_with_two_boxes(tmp_path: Path) -> None:
    page = only_page(pdf(tmp_path / "p.pdf", lines("notice of the termi-", "nation of this contract")))
    assert page.text == "notice of the termination\nof this contract"
    parts = [word for word in page.words if word.text in ("termi", "nation")]
    assert [part.start for part in parts] == [14, 19]
    assert parts[0].box != parts[1].box
    assert [line.text for line in page.lines] == ["notice of the termi", "nation of this contract"]


def test_hyphenated_word_alone_on_its_line_is_a_line(tmp_path: Path) -> None:
    page = only_page(pdf(tmp_path / "p.pdf", lines("notice of the termi-", "nation", "of this contract")))
    assert [line.text for line in page.lines] == ["notice of the termi", "nation", "of this contract"]


def test_line_has_the_box_around_its_words(tmp_path: Path) -> None:
    page = only_page(pdf(tmp_path / "p.pdf", lines("one two three", "four five")))
    first, second = page.lines
    assert [word.text for word in second.words] == ["four", "five"]
    one, _, three = (word.box for word in first.words)
    assert one is not None
    assert three is not None
    assert first.box == (one.left, min(one.top, three.top), three.right, max(one.bottom, three.bottom))


def test_hyphen_before_a_capital_or_a_number_stays(tmp_path: Path) -> None:
    page = only_page(pdf(tmp_path / "p.pdf", lines("see the Baden-", "Baden papers of 2019-", "2020")))
    assert page.text == "see the Baden-\nBaden papers of 2019-\n2020"


def test_columns_written_row_by_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"left column line number {number}" for number in range(1, 9)]
    right = [f"right column line number {number}" for number in range(1, 9)]
    placed = []
    for number in range(7, -1, -1):  # from the bottom up, both columns in turn
        placed += [(110, 40 + number * 6, right[number]), (20, 40 + number * 6, left[number])]
    placed.append((20, 25, "A heading that spans both of the columns of this page, from edge to edge"))
    text = only_page(pdf(tmp_path / "p.pdf", placed)).text.split("\n")
    assert text == ["A heading that spans both of the columns of this page, from edge to edge", *left, *right]


def test_rows_of_a_table_stay_rows_however_the_file_orders_them(tmp_path: Path) -> None:
    columns = [("Item", "Chair", "Table", "Lamp", "Shelf"), ("Price", "49.00", "120.00", "35.50", "80.00")]
    placed = [
        (20 + 80 * column, 30 + 7 * row, text)
        for column, texts in enumerate(columns)
        for row, text in reversed(list(enumerate(texts)))
    ]
    text = only_page(pdf(tmp_path / "p.pdf", placed)).text
    assert text == "Item Price\nChair 49.00\nTable 120.00\nLamp 35.50\nShelf 80.00"


def test_encrypted_pdf_is_refused_with_advice(tmp_path: Path) -> None:
    path = rewritten(pdf(tmp_path / "p.pdf", lines("secret")), tmp_path / "locked.pdf", password="key")
    with pytest.raises(UnreadableDocument, match="encrypted; save a copy without a password"):
        read(path)


def test_blank_page_is_no_reason_to_warn(tmp_path: Path) -> None:
    reading = read(pdf(tmp_path / "p.pdf", lines("Text"), []))
    assert (len(reading.pages), reading.warnings) == (2, [])


def test_metadata_is_given_with_iso_times(tmp_path: Path) -> None:
    metadata = read(pdf(tmp_path / "p.pdf", lines("Text"))).metadata
    assert datetime.fromisoformat(metadata["created_at"]).year >= 2024


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
def test_three_columns_of_a_real_gazette_are_read_in_order() -> None:
    reading = read(SHARED / "federal-register.pdf")
    text = reading.pages[0].text
    places = [text.index(part) for part in ("AGENCY:", "SUMMARY:", "DATES:", "ADDRESSES:", "FOR FURTHER INFORMATION")]
    assert places == sorted(places)
    assert len(reading.pages) == 15
