"""Reading plain text and Markdown: any encoding, one page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from runs.documents.characters import clean
from runs.documents.kinds import MARKDOWN, TEXT, bare_utf16_encoding, bom_encoding
from runs.documents.pages import Page, Reading, Word
from runs.errors import UnreadableDocument

MAX_BYTES = 64 * 1024 * 1024
"""More than this is not a document for people."""

MAX_CHARACTERS = 5_000_000
"""Two thousand pages have fewer. More would neither fit into the memory of a run nor be read in its time."""

MAX_LINES = 200_000
"""A hundred on each of two thousand pages."""
MAX_MARKED = 300_000
"""Characters of Markdown: marks that open and never close take the square of their number to be told."""

_WORD = re.compile(r"\S+")
_SAMPLE_SIZE = 256 * 1024


def read_text(path: Path) -> Reading:
    """Read a text file. Its encoding goes into the metadata."""
    text, encoding = decode(read_bytes(path))
    return Reading(TEXT, [single_page(text)], {"encoding": encoding})


def read_markdown(path: Path) -> Reading:
    """Read Markdown as what it stands for: headings, lists and tables without their marks."""
    from markdown_it import MarkdownIt  # what only some documents need

    from runs.documents.html import read_markup

    text, encoding = decode(read_bytes(path))
    if len(text) > MAX_MARKED:
        warning = "The Markdown is too long to be read without its marks; it was read as it is written."
        return Reading(MARKDOWN, [single_page(text)], {"encoding": encoding}, [warning])
    reading = read_markup(MarkdownIt("commonmark").enable("table").render(text))
    return replace(reading, media_type=MARKDOWN, metadata={"encoding": encoding})


def refuse_masses(count: int, *, lines: int = 0) -> None:
    """Raise ``UnreadableDocument`` for more characters or lines than a document for people has."""
    if lines > MAX_LINES:
        raise UnreadableDocument(f"The document has more than {MAX_LINES:,} lines; split it and try again.")
    if count > MAX_CHARACTERS:
        raise UnreadableDocument(
            f"The document has more than {MAX_CHARACTERS // 1_000_000} million characters; split it and try again."
        )


def read_bytes(path: Path) -> bytes:
    """Give a file's bytes. Raises ``UnreadableDocument`` for one too large to hold."""
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableDocument(f"The file is larger than {MAX_BYTES // 1024**2} MB of text; split it and try again.")
    return path.read_bytes()


def decode(data: bytes) -> tuple[str, str]:
    """Decode text of unknown encoding; name the encoding, too.

    A byte order mark decides, then UTF-8 if it fits without a fault, then what
    charset-normalizer finds most likely. Never fails: in the end faults become U+FFFD.
    """
    marked = bom_encoding(data) or bare_utf16_encoding(data)
    if marked:
        return data.decode(marked, "replace"), marked.removesuffix("-sig")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as fault:
        # A fault in the last bytes is a text cut short, not another encoding.
        if fault.reason == "unexpected end of data":
            return data.decode("utf-8", "replace"), "utf-8"
    return _decode_8_bit(data)


def single_page(text: str) -> Page:
    """Make the one page of a format without pages."""
    refuse_masses(len(text))
    text = tidy(text)
    return Page(1, text, words_of(text))


def tidy(text: str) -> str:
    """Clean text, without spaces at line ends and with at most one blank line in a row."""
    # Not by an expression: a line of a million spaces would take it hours.
    text = "\n".join(line.rstrip(" \t") for line in clean(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def words_of(text: str) -> list[Word]:
    """List the words of a text that has no layout."""
    return [Word(found[0], found.start()) for found in _WORD.finditer(text)]


def _decode_8_bit(data: bytes) -> tuple[str, str]:
    from charset_normalizer import from_bytes  # 30 ms that UTF-8 never needs

    western = data.decode("cp1252", "replace")
    best = from_bytes(data[:_SAMPLE_SIZE], threshold=0.3).best()
    # Short Western texts are often taken for Central European ones; where the
    # Western reading is made of letters Western languages use, it is the likelier.
    if best is None or _reads_as_western(western):
        return western, "cp1252"
    return data.decode(best.encoding, "replace"), best.encoding


def _reads_as_western(text: str) -> bool:
    foreign = [character for character in text if ord(character) > 127]
    usual = set("äöüßÄÖÜéèêëàâáãåçñíìîïóòôõúùûøæœÉÈÊÀÁÅÇÑÓØÆŒ€£§°·–—‘’“”„«»…•©®¿¡ºª²³½µ\u00a0")
    return bool(foreign) and sum(character in usual for character in foreign) >= len(foreign) * 0.97
