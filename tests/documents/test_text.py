"""Reading plain text, and making any text fit to store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.documents import UnreadableDocument, read
from runs.documents.characters import clean
from runs.documents.text import decode


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Überweisung über 5 €"),
        ("utf-8-sig", "Überweisung über 5 €"),
        ("utf-16", "Überweisung über 5 €"),
        ("utf-16-le", "Überweisung über 5 €"),
        ("utf-32", "Überweisung über 5 €"),
        ("cp1252", "Überweisung über 5 € für „Möbel“"),
        ("latin-1", "Café à la crème, très bientôt"),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy, účet za květen je splatný"),
        ("cp1251", "Счёт на оплату за услуги связи, итого к оплате двести рублей"),
    ],
)
def test_text_is_decoded_whatever_its_encoding(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(text.encode(encoding))
    assert read(path).pages[0].text == text


def test_utf_8_cut_in_the_middle_of_a_letter_is_still_utf_8() -> None:
    text, encoding = decode("für später: ä".encode()[:-1])
    assert (text, encoding) == ("für später: \ufffd", "utf-8")


def test_line_ends_and_trailing_spaces_are_tidied(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(b"one  \r\ntwo\rthree\n\n\n\nfour\x0cfive\n")
    page = read(path).pages[0]
    assert page.text == "one\ntwo\nthree\n\nfour\nfive"
    assert [word.start for word in page.words] == [0, 4, 8, 15, 20]


def test_ligatures_soft_hyphens_and_odd_spaces_are_normalised() -> None:
    assert clean("o\ufb03ce e\ufb00ort Kün\u00addi\u00adgung 1\u202f234\u00a0€ e\u0301") == (
        "office effort Kündigung 1 234 € é"
    )


@given(st.text(st.characters()))
def test_clean_text_can_always_be_stored(text: str) -> None:
    cleaned = clean(text)
    json.dumps(cleaned).encode()
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert not any(ord(character) < 32 and character not in "\n\t" for character in cleaned)
    assert clean(cleaned) == cleaned


def test_line_of_a_text_is_what_newlines_separate(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("the  first line\n\nand the\tsecond of them", encoding="utf-8")
    reading = read(path)
    assert [line.text for line in reading.pages[0].lines] == ["the first line", "and the second of them"]
    assert {line.box for line in reading.pages[0].lines} == {None}
    assert reading.language == "en"


def test_markdown_is_read_as_what_it_stands_for(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(
        "# 1. Terms\n\nThe **cap** is [ten euros](https://x.test).\n\n- one\n- two\n\n<script>no</script>\n"
    )
    assert read(path).text == "1. Terms\n\nThe cap is ten euros.\n\n• one\n• two"


def test_a_table_of_separated_values_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes('Artikel;Preis;\n"Stuhl; rot";49,00;\nTür;1.250,00;\n'.encode("cp1252"))
    reading = read(path)
    assert [[cell.text for cell in row] for row in reading.tables[0].rows] == [
        ["Artikel", "Preis", ""],
        ["Stuhl; rot", "49,00", ""],
        ["Tür", "1.250,00", ""],
    ]
    assert reading.text == "Artikel\tPreis\nStuhl; rot\t49,00\nTür\t1.250,00"
    assert reading.metadata == {"encoding": "cp1252", "separator": ";"}


def test_more_text_than_a_document_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"a " * 2_500_001)
    with pytest.raises(UnreadableDocument, match="more than 5 million characters"):
        read(path)


def test_long_markdown_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("# Terms\n\n" + "The **cap** is ten euros.\n" * 15_000)
    reading = read(path)
    assert "**cap**" in reading.text
    assert "too long to be read without its marks" in reading.warnings[0]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", ["Total" + " " * 1_000_000 + "EUR 5.00", "e" + "\u0301" * 1_000_000 + " EUR 5.00"])
def test_what_is_heaped_costs_no_more_than_its_length(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text)
    assert read(path).text.endswith("EUR 5.00")
