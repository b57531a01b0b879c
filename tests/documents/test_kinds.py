"""Telling what a file is from its content."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from making import lines, pdf, word_document
from PIL import Image

from runs.documents import READABLE_KINDS, READER_VERSION, sniff
from runs.documents.kinds import CSV, DOCX, ENCRYPTED_OFFICE, HTML, MARKDOWN, PDF, TEXT, UNREADABLE_KINDS


def written(folder: Path, content: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def archive(folder: Path, **members: str) -> Path:
    path = folder / "archive"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/"), content)
    return path


def picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (4, 4)).save(content, kind)
    return content.getvalue()


def test_pdf_and_word_document_are_told_whatever_they_are_called(tmp_path: Path) -> None:
    assert sniff(pdf(tmp_path / "invoice.docx", lines("Hello"))) == PDF
    assert sniff(word_document(tmp_path / "letter.pdf", "Hello")) == DOCX


def test_pdf_with_junk_before_its_header_is_a_pdf(tmp_path: Path) -> None:
    content = pdf(tmp_path / "plain.pdf", lines("Hello")).read_bytes()
    assert sniff(written(tmp_path, b"\r\nX-Mailer: something\r\n\r\n" + content)) == PDF


def test_text_about_pdf_headers_is_text(tmp_path: Path) -> None:
    assert sniff(written(tmp_path, b"Every PDF begins with %PDF-1.7 and ends with %%EOF.")) == TEXT


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><title>x</title>",
        b"\n  <html lang='en'><body>x",
        b"<!-- saved from url --><HTML>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
        "\ufeff<!doctype html><p>x".encode(),
        "<html><body>x</body></html>".encode("utf-16"),
        b"<div><p>Only a part of a page</p></div>",
    ],
)
def test_web_pages_are_told_by_their_beginning(tmp_path: Path, content: bytes) -> None:
    assert sniff(written(tmp_path, content, "invoice.pdf")) == HTML


@pytest.mark.parametrize(
    "content",
    [
        b"Just a few words.",
        "Grüße aus Köln".encode("latin-1"),
        "Grüße aus Köln".encode("utf-16"),
        "Grüße aus Köln, ohne Marke".encode("utf-16-le"),
        "Grüße aus Köln, ohne Marke".encode("utf-16-be"),
        "Привет, мир, и всем добрый день".encode("koi8-r"),
        b"a < b and b > c",
        b'{"total": 5}',
        b"x",
    ],
)
def test_text_is_text_in_any_encoding(tmp_path: Path, content: bytes) -> None:
    assert sniff(written(tmp_path, content)) == TEXT


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_pictures_get_their_own_names(tmp_path: Path, kind: str) -> None:
    assert sniff(written(tmp_path, picture(kind))) == f"image/{kind.lower()}"


def test_archives_are_told_by_what_is_in_them(tmp_path: Path) -> None:
    assert sniff(archive(tmp_path, xl__workbook="x")).endswith("spreadsheetml.sheet")
    assert sniff(archive(tmp_path, ppt__presentation="x")).endswith("presentationml.presentation")
    assert sniff(archive(tmp_path, notes="x")) == "application/zip"
    odt = archive(tmp_path, mimetype="application/vnd.oasis.opendocument.text", content="x")
    assert sniff(odt) == "application/vnd.oasis.opendocument.text"


def test_truncated_word_document_is_still_called_one(tmp_path: Path) -> None:
    content = word_document(tmp_path / "whole.docx", "Hello").read_bytes()
    start = content.index(b"word/")
    assert sniff(written(tmp_path, content[: start + 40])) == DOCX


def test_old_and_encrypted_office_files_are_told_apart(tmp_path: Path) -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    assert sniff(written(tmp_path, ole + "WordDocument".encode("utf-16-le"))) == "application/msword"
    assert sniff(written(tmp_path, ole + "EncryptedPackage".encode("utf-16-le"))) == ENCRYPTED_OFFICE
    assert sniff(written(tmp_path, ole)) == "application/x-ole-storage"


def test_empty_and_binary_files_have_honest_names(tmp_path: Path) -> None:
    assert sniff(written(tmp_path, b"")) == "application/x-empty"
    assert sniff(written(tmp_path, bytes(range(256)) * 8)) == "application/octet-stream"


def test_every_kind_has_words_for_people() -> None:
    assert READABLE_KINDS[PDF] == "PDF"
    assert not set(READABLE_KINDS) & set(UNREADABLE_KINDS)


def test_every_kind_that_is_read_has_a_version() -> None:
    assert set(READER_VERSION) == set(READABLE_KINDS)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("# Terms\n\nThe *cap* is [here](#cap).\n\n- one\n- two\n", MARKDOWN),
        ("| Item | Price |\n|------|------:|\n| Chair | 49.00 |\n", MARKDOWN),
        ("Item;Price\nChair;49,00\nTable;99,00\n", CSV),
        ('Item,Count,Price\n"Chair, red",2,49.00\nTable,1,99.00\n', CSV),
        ("Item\tPrice\nChair\t49.00\n", CSV),
        ("# 5 items were ordered\nThey are late.\n", TEXT),
        ("Dear Ann, we met, spoke, and agreed.\nThen, as planned, we left, late.\n", TEXT),
        ("Total: 5,00; due now\nThank you; good bye\n", TEXT),
        ("Name: Ann\nCity: Kiel\n", TEXT),
        ("- one\n- two\n", TEXT),
    ],
)
def test_text_is_told_from_markdown_and_tables(tmp_path: Path, content: str, kind: str) -> None:
    assert sniff(written(tmp_path, content.encode())) == kind
