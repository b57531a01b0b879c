"""Opening documents: what is refused, and with which sentence."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from making import SHARED, lines, pdf, word_document

from runs.documents import Page, UnreadableDocument, read

TEXT = "Invoice 2024-17\nTotal due EUR 119.00\nThank you for your order."


def test_mislabelled_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_text("<html><body><p>A web page</p></body></html>", encoding="utf-8")
    assert read(path).media_type == "text/html"


def test_reader_follows_a_media_type_that_was_sniffed_before(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>Shown as source</p>", encoding="utf-8")
    assert read(path, media_type="text/plain").pages[0].text == "<p>Shown as source</p>"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG picture"),
        (bytes(range(256)) * 4, "binary file"),
        (b"%PDF-1.7\nnothing of a PDF follows", "damaged"),
        (b"PK\x03\x04word/document.xml", "damaged"),
        (b"   \n\t \n", "no text"),
        (b"{\\rtf1 hello}", "RTF document"),
    ],
)
def test_refusal_is_one_sentence_that_says_what_is_wrong_and_what_to_do(
    tmp_path: Path, content: bytes, word: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UnreadableDocument) as refusal:
        read(path)
    sentence = str(refusal.value)
    assert word in sentence
    assert "try again" in sentence
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0


def test_document_over_the_page_limit_is_refused_not_cut(tmp_path: Path) -> None:
    path = pdf(tmp_path / "long.pdf", *[lines(f"Page {number}") for number in range(1, 5)])
    with pytest.raises(UnreadableDocument, match="has 4 pages and at most 3 are read"):
        read(path, page_limit=3)


def test_progress_is_told_after_every_page(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    read(pdf(tmp_path / "p.pdf", lines("a b c"), lines("d e f")), progress=lambda *pages: told.append(pages))
    assert told == [(1, 2), (2, 2)]


def test_what_progress_raises_passes_through(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stopped

    for path in (pdf(tmp_path / "p.pdf", lines("Hello")), word_document(tmp_path / "d.docx", "Hello")):
        with pytest.raises(Stopped):
            read(path, progress=stop)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Truncate, flip bits, cut out or put in, as transfers and disks do."""
    damaged = bytearray(content)
    place = chance.randrange(len(damaged))
    match chance.randrange(4):
        case 0:
            del damaged[place:]
        case 1:
            del damaged[place : place + chance.randrange(500)]
        case 2:
            damaged[place:place] = chance.randbytes(chance.randrange(100))
        case _:
            for _ in range(chance.choice((1, 5, 50, 500))):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


@pytest.mark.parametrize("kind", ["pdf", "docx", "html", "txt"])
def test_damaged_document_is_read_or_refused_and_nothing_else(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"source.{kind}"
    if kind == "pdf":
        pdf(source, lines(*TEXT.split("\n")), lines("Second page"))
    elif kind == "docx":
        word_document(source, *TEXT.split("\n"))
    else:
        source.write_text(f"<html><body><table><tr><td>{TEXT}</table>" if kind == "html" else TEXT, encoding="utf-8")
    chance = random.Random(20240519)
    content = source.read_bytes()
    victim = tmp_path / "victim"
    for _ in range(250):
        victim.write_bytes(mutated(content, chance))
        pages: Sequence[Page] = ()
        with suppress(UnreadableDocument):
            pages = read(victim).pages
        for page in pages:
            page.text.encode("utf-8")
            assert not any(ord(character) < 32 and character not in "\n\t" for character in page.text)
            assert all(page.text.startswith(word.text, word.start) for word in page.words)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
@pytest.mark.parametrize(
    ("name", "word"),
    [("empty.pdf", "empty"), ("password-protected.pdf", "encrypted"), ("image-only.pdf", "scan")],
)
@pytest.mark.usefixtures("no_engine")
def test_real_unreadable_documents_are_refused(name: str, word: str) -> None:
    with pytest.raises(UnreadableDocument, match=word):
        read(SHARED / name)
