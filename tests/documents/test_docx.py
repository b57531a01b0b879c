"""Reading Word documents."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path

import docx
import pytest
from docx.enum.text import WD_BREAK
from making import word_document

from runs.documents import UnreadableDocument, read


def test_paragraphs_tables_headers_and_footers_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Letterhead"
    document.sections[0].footer.paragraphs[0].text = "IBAN at the foot"
    document.add_paragraph("Before the table")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("Item", "Price", "Chair", "49.00"), strict=True
    ):
        cell.text = text
    document.add_paragraph("After the table")
    document.core_properties.title = "An offer"
    path = tmp_path / "offer.docx"
    document.save(str(path))
    reading = read(path)
    assert reading.pages[0].text.split("\n") == [
        "Letterhead",
        "Before the table",
        "Item\tPrice",
        "Chair\t49.00",
        "After the table",
        "IBAN at the foot",
    ]
    assert reading.metadata["title"] == "An offer"


def test_page_breaks_make_pages(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("First").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("Second")
    path = tmp_path / "two.docx"
    document.save(str(path))
    assert [(page.number, page.text) for page in read(path).pages] == [(1, "First"), (2, "Second")]


def test_words_have_places_but_no_boxes(tmp_path: Path) -> None:
    page = read(word_document(tmp_path / "d.docx", "Grüße und mehr")).pages[0]
    assert [(word.text, word.start, word.box) for word in page.words] == [
        ("Grüße", 0, None),
        ("und", 6, None),
        ("mehr", 10, None),
    ]


def test_footnote_stands_after_its_paragraph_and_deleted_text_is_gone(tmp_path: Path) -> None:
    path = word_document(tmp_path / "d.docx", "PARAGRAPH", "Next")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    run = (
        '<w:r><w:t xml:space="preserve">Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>'
        '<w:r><w:t>text</w:t><w:footnoteReference w:id="7"/></w:r>'
    )
    note = '<w:footnote w:id="7"><w:p><w:r><w:t>The note.</w:t></w:r></w:p></w:footnote>'
    notes = f"<w:footnotes {space}>{note}</w:footnotes>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    replace_in(
        path,
        {
            "word/document.xml": ("<w:r><w:t>PARAGRAPH</w:t></w:r>", run),
            "word/_rels/document.xml.rels": (
                "</Relationships>",
                f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/></Relationships>',
            ),
            "[Content_Types].xml": (
                "</Types>",
                f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>',
            ),
        },
        added={"word/footnotes.xml": notes},
    )
    assert read(path).pages[0].text == "Kept text\nThe note.\nNext"


def test_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    path = word_document(tmp_path / "bomb.docx", "Small")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros.bin", bytes(40 * 1024 * 1024))
    with pytest.raises(UnreadableDocument, match="unreasonable size"):
        read(path)


def test_document_type_with_entities_does_not_expand(tmp_path: Path) -> None:
    path = word_document(tmp_path / "entities.docx", "PARAGRAPH")
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    replace_in(
        path,
        {"word/document.xml": ("?>", f"?>{entities}")},
    )
    replace_in(path, {"word/document.xml": ("PARAGRAPH", "kept &b;")})
    with suppress(UnreadableDocument):
        assert "aaaa" not in read(path).pages[0].text


def replace_in(path: Path, changes: dict[str, tuple[str, str]], added: dict[str, str] | None = None) -> None:
    """Change members of a document, once each, and add some."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, (old, new) in changes.items():
        text = members[name].decode()
        assert old in text
        members[name] = text.replace(old, new, 1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **{key: value.encode() for key, value in (added or {}).items()}}.items():
            archive.writestr(name, content)
