"""Reading Word documents: paragraphs, tables, headers, footers, notes.

Pages are those Word noted when it last laid the document out; a document that was
never laid out is one page. Cells are separated by tabs, rows by newlines.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from lxml import etree

from runs.documents.characters import clean
from runs.documents.kinds import DOCX
from runs.documents.pages import Page, Reading
from runs.documents.text import tidy, words_of
from runs.errors import UnreadableDocument

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_RATIO = 200
_RATIO_FREE_BYTES = 8 * 1024 * 1024

_PAGE_BREAK = "\f"
_SKIPPED = frozenset(map(qn, ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:rPr", "w:sectPr", "w:tblPr")))
_ALTERNATE_CONTENT = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_NOTE_KINDS = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}


def read_docx(path: Path) -> Reading:
    """Read a Word document. Raises ``UnreadableDocument`` for one that unpacks to an unreasonable size."""
    _refuse_bombs(path)
    document = docx.Document(str(path))
    notes = _notes(document)
    body = "".join(_block(document.element.body, notes))
    texts = [text for text in map(tidy, re.split(_PAGE_BREAK, body)) if text] or [""]
    headers, footers = _margins(document)
    texts[0] = "\n".join([*headers, texts[0]])
    texts[-1] = "\n".join([texts[-1], *footers])
    pages = [Page(number, text, words_of(text)) for number, text in enumerate(map(tidy, texts), 1)]
    return Reading(DOCX, pages, _metadata(document))


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableDocument(
            "The Word document is damaged and can not be read; save it again and try again."
        ) from error
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableDocument("The file is encrypted; save a copy without a password and try again.")
    unpacked = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > _RATIO_FREE_BYTES and unpacked > packed * MAX_RATIO):
        raise UnreadableDocument(
            "The Word document unpacks to an unreasonable size and was not opened; save it again or as a PDF."
        )


def _block(parent: Any, notes: dict[tuple[str, str], str]) -> Iterator[str]:
    """Give the text of paragraphs and tables, whatever they are wrapped in."""
    pending: list[str] = []
    for child in parent.iterchildren():
        if child.tag == qn("w:p"):
            yield _paragraph(child, notes, pending)
            yield "\n"
        elif child.tag == qn("w:tbl"):
            yield from _table(child, notes)
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins"), qn("w:moveTo")):
            yield from _block(child, notes)
        if pending:
            yield "".join(f"{note}\n" for note in pending)
            pending.clear()


def _table(table: Any, notes: dict[tuple[str, str], str]) -> Iterator[str]:
    for row in table.iter(qn("w:tr")):
        if next(row.iterancestors(qn("w:tbl"))) is not table:
            continue  # a row of a table inside a cell, which its cell reads
        cells = [cell for cell in row.iter(qn("w:tc")) if next(cell.iterancestors(qn("w:tr"))) is row]
        texts = ["".join(_block(cell, notes)) for cell in cells]
        if any(_PAGE_BREAK in text for text in texts):
            yield _PAGE_BREAK
        yield "\t".join(" ".join(text.replace(_PAGE_BREAK, " ").split()) for text in texts)
        yield "\n"


def _paragraph(paragraph: Any, notes: dict[tuple[str, str], str], pending: list[str]) -> str:
    parts: list[str] = []
    boxes: list[str] = []
    walk = etree.iterwalk(paragraph, events=("start",))
    for _, element in walk:
        tag = element.tag
        if tag in _SKIPPED:
            walk.skip_subtree()
        elif tag == _ALTERNATE_CONTENT:
            # The same drawing twice, for newer and older programs: its text once.
            boxes.extend(_text_boxes(element, notes))
            walk.skip_subtree()
        elif tag == qn("w:txbxContent"):
            boxes.append("".join(_block(element, notes)))
            walk.skip_subtree()
        elif tag == qn("w:t"):
            parts.append(element.text or "")
        elif tag in (qn("w:tab"), qn("w:ptab")):
            parts.append("\t")
        elif tag == qn("w:noBreakHyphen"):
            parts.append("-")
        elif tag == qn("w:br"):
            parts.append(_PAGE_BREAK if element.get(qn("w:type")) == "page" else "\n")
        elif tag == qn("w:cr"):
            parts.append("\n")
        elif tag == qn("w:lastRenderedPageBreak"):
            parts.append(_PAGE_BREAK)
        elif tag in _NOTE_KINDS:
            note = notes.get((_NOTE_KINDS[tag], element.get(qn("w:id")) or ""))
            if note:
                pending.append(note)
    return _cleaned("".join(parts)) + "".join(f"\n{box.strip()}" for box in boxes)


def _text_boxes(alternate: Any, notes: dict[tuple[str, str], str]) -> list[str]:
    choice = next(iter(alternate), None)
    if choice is None:
        return []
    return ["".join(_block(box, notes)) for box in choice.iter(qn("w:txbxContent"))]


def _cleaned(text: str) -> str:
    """Clean text, but leave the form feeds that stand for page breaks."""
    return _PAGE_BREAK.join(map(clean, text.split(_PAGE_BREAK)))


def _notes(document: Document) -> dict[tuple[str, str], str]:
    """Give the text of footnotes and endnotes by kind and id."""
    found: dict[tuple[str, str], str] = {}
    for kind, tag in (("footnotes", "w:footnote"), ("endnotes", "w:endnote")):
        for relation in document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(f"/{kind}"):
                continue
            root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False))
            for note in root.iter(qn(tag)):
                if note.get(qn("w:type")) in (None, "normal"):
                    text = "".join(_block(note, {})).replace(_PAGE_BREAK, " ")
                    found[kind, note.get(qn("w:id")) or ""] = " ".join(text.split())
    return found


def _margins(document: Document) -> tuple[list[str], list[str]]:
    """Give the different texts of all headers and of all footers, each once."""
    found: dict[str, list[str]] = {RELATIONSHIP_TYPE.HEADER: [], RELATIONSHIP_TYPE.FOOTER: []}
    for relation in document.part.rels.values():
        if relation.reltype in found and not relation.is_external:
            text = "".join(_block(relation.target_part.element, {})).replace(_PAGE_BREAK, "\n")
            text = tidy(text)
            if text.strip() and text not in found[relation.reltype]:
                found[relation.reltype].append(text)
    return found[RELATIONSHIP_TYPE.HEADER], found[RELATIONSHIP_TYPE.FOOTER]


def _metadata(document: Document) -> dict[str, str]:
    properties = document.core_properties
    values = {
        "title": properties.title,
        "author": properties.author,
        "subject": properties.subject,
        "keywords": properties.keywords,
        "language": properties.language,
        "created_at": properties.created.isoformat() if properties.created else "",
        "modified_at": properties.modified.isoformat() if properties.modified else "",
    }
    return {name: " ".join(clean(value).split())[:2000] for name, value in values.items() if value}
