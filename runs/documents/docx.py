"""Reading Word documents: paragraphs, tables, headers, footers, notes, text boxes, numbers of lists.

Pages are those Word noted when it last laid the document out; a document that was
never laid out is one page. Cells are separated by tabs, rows by newlines. Tracked
insertions are text and deletions are not, as a reader who accepts them would see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lxml import etree

from runs.documents.characters import clean
from runs.documents.kinds import DOCX
from runs.documents.pages import Cell, Page, Reading, Table
from runs.documents.text import tidy, words_of
from runs.documents.word_changes import remarks
from runs.documents.word_lists import Lists
from runs.documents.word_package import WordPackage, is_on, qn, value

_PAGE_BREAK: Final = "\f"
_MOST_COLUMNS: Final = 200
_MOST_CELLS: Final = 400_000
"""Of all tables. What stands in further ones is text all the same."""
_SKIPPED = frozenset(
    map(qn, ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:rPr", "w:sectPr", "w:tblPr", "w:sdtPr", "w:rt"))
)
_WRAPPERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo", "w:smartTag")))
_TEXTS = (qn("w:t"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_ALTERNATE_CONTENT = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_NOTE_KINDS = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}
_HEADING = re.compile(r"(?:heading|überschrift|titre|kop|título|titolo)\s*\d|title|subtitle", re.IGNORECASE)


def read_docx(path: Path, kind: str = DOCX) -> Reading:
    """Read a Word document. Raises ``UnreadableDocument`` for one that unpacks to an unreasonable size."""
    with WordPackage(path) as package:
        writer = _Writer(package)
        texts = writer.pages(package.body)
        headers, footers = writer.margins(package, "header"), writer.margins(package, "footer")
        texts[0] = "\n".join([*headers, texts[0]])
        texts[-1] = "\n".join([texts[-1], *footers])
        pages = [Page(number, text, words_of(text)) for number, text in enumerate(map(tidy, texts), 1)]
        warnings = remarks(package, hidden_count=writer.hidden_count)
        return Reading(kind, pages, package.properties(), warnings, writer.tables)


class _Writer:
    """Writes a document's text down, from its elements."""

    def __init__(self, package: WordPackage) -> None:
        self.tables: list[Table] = []
        self.hidden_count = 0
        self._page = 1
        self._cell_count = 0
        styles = package.parts("styles")
        self._lists = Lists(package.parts("numbering"), styles)
        self._headings = {style for root in styles for style in _heading_styles(root)}
        self._notes: dict[tuple[str, str], str] = {}
        self._pending: list[str] = []
        self._notes = dict(self._read_notes(package))

    def pages(self, body: Any) -> list[str]:
        """The text of each page that has any; one at least. ``tables`` are then known, too."""
        written: list[list[str]] = [[]]
        for text in self._block(body):
            first, *others = text.split(_PAGE_BREAK)
            written[-1].append(first)
            for other in others:
                if "".join(written[-1]).strip():
                    written.append([])
                    self._page += 1
                written[-1].append(other)
        return [text for text in (tidy("".join(parts)) for parts in written) if text] or [""]

    def margins(self, package: WordPackage, kind: str) -> list[str]:
        """The different texts of all headers or of all footers, each once."""
        texts = [tidy("".join(self._block(root)).replace(_PAGE_BREAK, "\n")) for root in package.parts(kind)]
        return list(dict.fromkeys(text for text in texts if text.strip()))

    def _read_notes(self, package: WordPackage) -> Iterator[tuple[tuple[str, str], str]]:
        """The text of footnotes and endnotes by kind and id."""
        for kind, tag in (("footnotes", "w:footnote"), ("endnotes", "w:endnote")):
            for root in package.parts(kind):
                for note in root.iterchildren(qn(tag)):
                    if value(note, "type") in (None, "normal"):
                        text = "".join(self._block(note)).replace(_PAGE_BREAK, " ")
                        yield (kind, value(note, "id") or ""), " ".join(text.split())

    def _block(self, parent: Any) -> Iterator[str]:
        """The text of paragraphs and tables, whatever they are wrapped in."""
        for child in parent.iterchildren():
            if child.tag == qn("w:p"):
                yield self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                yield from self._table(child)
            elif child.tag in _WRAPPERS and not _is_placeholder(child):
                yield from self._block(child)
            if self._pending:
                notes, self._pending = self._pending, []
                yield "".join(f"{note}\n" for note in notes)

    def _table(self, table: Any) -> Iterator[str]:
        rows: list[list[Cell]] = []
        page = self._page
        for row in table.iter(qn("w:tr")):
            if (
                next(row.iterancestors(qn("w:tbl"))) is not table
                or row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None
            ):
                continue  # a row of a table inside a cell, which its cell reads, or one that is deleted
            cells = [cell for cell in row.iter(qn("w:tc")) if next(cell.iterancestors(qn("w:tr"))) is row]
            texts = ["".join(self._block(cell)) for cell in cells]
            if any(_PAGE_BREAK in text for text in texts):
                yield _PAGE_BREAK
            texts = [" ".join(text.replace(_PAGE_BREAK, " ").split()) for text in texts]
            if self._cell_count < _MOST_CELLS:
                rows.append(_spread(row, cells, texts))
                self._cell_count += len(rows[-1])
            yield "\t".join(texts) + "\n"
        width = max(map(len, rows), default=0)
        if width:
            self.tables.append(Table(page, None, [[*row, *[Cell("")] * (width - len(row))] for row in rows]))

    def _paragraph(self, paragraph: Any) -> str:
        """A paragraph as a line, or as none where its end is deleted: what follows then continues it."""
        properties = paragraph.find(qn("w:pPr"))
        text, boxes = self._runs(paragraph)
        is_joined = properties is not None and properties.find(f"{qn('w:rPr')}/{qn('w:del')}") is not None
        label = "" if is_joined and not text.strip() else self._lists.label(paragraph)
        if label and text.strip():
            text = f"{label} {text}"
        if text.strip() and properties is not None and value(properties.find(qn("w:pStyle"))) in self._headings:
            text = f"\n{text}"
        return text + "".join(f"\n{box.strip()}" for box in boxes) + ("" if is_joined else "\n")

    def _runs(self, paragraph: Any) -> tuple[str, list[str]]:
        """The text of a paragraph's runs, and that of the text boxes that hang on it."""
        parts: list[str] = []
        boxes: list[str] = []
        walk = etree.iterwalk(paragraph, events=("start",))
        for _, element in walk:
            tag = element.tag
            if tag in _SKIPPED or _is_placeholder(element):
                walk.skip_subtree()
            elif tag == qn("w:r") and is_on(element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")):
                self.hidden_count += any(text.text for text in element.iter(qn("w:t")))
                walk.skip_subtree()
            elif tag == _ALTERNATE_CONTENT:
                # The same drawing twice, for newer and older programs: its text once.
                boxes.extend(self._text_boxes(element))
                walk.skip_subtree()
            elif tag == qn("w:txbxContent"):
                boxes.append("".join(self._block(element)))
                walk.skip_subtree()
            elif tag in _TEXTS:
                parts.append(element.text or "")
            elif tag in _NOTE_KINDS:
                note = self._notes.get((_NOTE_KINDS[tag], value(element, "id") or ""))
                if note:
                    self._pending.append(note)
            else:
                parts.append(_mark(element))
        return _PAGE_BREAK.join(map(clean, "".join(parts).split(_PAGE_BREAK))), boxes

    def _text_boxes(self, alternate: Any) -> list[str]:
        choice = next(iter(alternate), None)
        if choice is None:
            return []
        return ["".join(self._block(box)) for box in choice.iter(qn("w:txbxContent"))]


def _mark(element: Any) -> str:
    """The character that an element without text stands for."""
    match element.tag.rpartition("}")[2] if isinstance(element.tag, str) and element.tag.startswith(qn("")) else "":
        case "tab" | "ptab":
            return "\t"
        case "noBreakHyphen":
            return "-"
        case "br":
            return _PAGE_BREAK if value(element, "type") == "page" else "\n"
        case "cr":
            return "\n"
        case "lastRenderedPageBreak":
            return _PAGE_BREAK
        case _:
            return ""


def _is_placeholder(element: Any) -> bool:
    """Whether this is a field that nobody has filled in: its text only asks for it."""
    return element.tag == qn("w:sdt") and is_on(element.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}"))


def _spread(row: Any, cells: Sequence[Any], texts: Sequence[str]) -> list[Cell]:
    """A row's cells at their columns: one that spans several is followed by empty ones."""
    before = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
    spread = [Cell("")] * _count(before, otherwise=0)
    for cell, text in zip(cells, texts, strict=True):
        merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        continues = merged is not None and value(merged) != "restart"
        spread.append(Cell("" if continues else text))
        spread += [Cell("")] * (_count(cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}"), otherwise=1) - 1)
    return spread[:_MOST_COLUMNS]


def _count(element: Any, *, otherwise: int) -> int:
    given = value(element) or ""
    return min(int(given), _MOST_COLUMNS) if given.isascii() and given.isdecimal() and len(given) < 6 else otherwise


def _heading_styles(root: Any) -> Iterator[str]:
    """The ids of the styles that headings have, whatever the language of the program."""
    for style in root.iterchildren(qn("w:style")):
        name = value(style.find(qn("w:name"))) or ""
        if _HEADING.match(name) or style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}") is not None:
            yield value(style, "styleId") or ""
