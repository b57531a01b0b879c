"""Reading PDF: the text layer, word by word with its boxes.

pdfium is asked for a page's whole text once and for two rectangles a word, those of
its first and last character: asking for every character would cost several times
the extraction itself.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from runs.documents.characters import clean, has_readable_text
from runs.documents.engine import RecognitionFailed
from runs.documents.kinds import PDF
from runs.documents.layout import Line, Piece, page_text
from runs.documents.pages import Box, Page, Progress, Reading
from runs.documents.pdf_metadata import metadata_of
from runs.documents.pdf_scans import Scans, name_pages, recognised
from runs.documents.reading import no_such_page, too_many_pages
from runs.documents.recognition import Recogniser
from runs.errors import UnreadableDocument

_WORD_OR_BREAK = re.compile(r"[^\s\x00-\x1f\x7f\ufffe]+[\ufffe\x02]?|[\ufffe\x02]|\n")
_LINE_END_HYPHENS = "\ufffe\x02"
_PICTURE_SEARCH_LIMIT = 500
_SENTENCES = {
    pdfium_c.FPDF_ERR_PASSWORD: "The file is encrypted; save a copy without a password and try again.",
    pdfium_c.FPDF_ERR_SECURITY: "The file is protected in a way that can not be opened; save an unprotected copy and "
    "try again.",
}
_DAMAGED = "The PDF is damaged and can not be read; save or export it again and try again."

Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in pdfium's coordinates, whose origin is a page's lower left corner."""

Turn = Callable[[list[Rectangle]], list[Box]]

_box = Box._make  # half the cost of Box(…), a million times a book
_RECTANGLE_SIZE = ctypes.sizeof(pdfium_c.FS_RECTF)
_loose_char_box = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(pdfium_c.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)


def read_pdf(
    path: Path,
    *,
    page_limit: int,
    progress: Progress | None = None,
    language: str | None = None,
    ends_at: float | None = None,
) -> Reading:
    """Read a PDF's text layer, and its pictures where an engine is installed.

    Pages that can not be read are left empty and named in the warnings; a document of
    nothing else, or with more than ``page_limit`` pages, raises ``UnreadableDocument``.
    """
    with closing(open_pdf(path)) as document:
        count = len(document)
        if count == 0:
            raise UnreadableDocument(_DAMAGED)
        if count > page_limit:
            raise too_many_pages(count, page_limit)
        pages: list[Page] = []
        scans = Scans(document, language=language, ends_at=ends_at)
        broken: list[int] = []
        for index in range(count):
            try:
                page, is_picture = read_page(document, index)
            except pdfium.PdfiumError:
                page, is_picture = Page(index + 1, ""), False
                broken.append(index + 1)
            pages.append(scans.read(page) if is_picture else page)
            if progress:
                progress(index + 1, count)
        metadata = metadata_of(document)
    readable = [page for page in pages if has_readable_text(page.text)]
    # A scan of which only some pages were read would be taken for the whole.
    if not readable or (scans.late and all(page.ocr_confidence is not None for page in readable)):
        raise scans.refusal() or no_text(broken)
    return Reading(PDF, pages, metadata, [*scans.warnings(), *_warnings(broken)])


def read_pdf_page(path: Path, number: int) -> tuple[Page, int]:
    """Read one page, counted from 1, whether it has text or not; with it the number of pages.

    Raises ``UnreadableDocument``.
    """
    with closing(open_pdf(path)) as document:
        count = len(document)
        if not 1 <= number <= count:
            raise no_such_page(number, count)
        try:
            page, is_picture = read_page(document, number - 1)
            recogniser = Recogniser() if is_picture else None
            if recogniser and recogniser.is_possible:
                with suppress(RecognitionFailed):
                    page = recognised(document, page, recogniser)
            return page, count
        except pdfium.PdfiumError as error:
            raise UnreadableDocument("The page is damaged and can not be read.") from error


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """Open a PDF. Raises ``UnreadableDocument`` with the sentence for why it can not be."""
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        sentence = _SENTENCES.get(getattr(error, "err_code", None) or pdfium_c.FPDF_GetLastError(), _DAMAGED)
        raise UnreadableDocument(sentence) from error


def read_page(document: pdfium.PdfDocument, index: int) -> tuple[Page, bool]:
    """Read one page, counted from 0, and say whether it is nothing but a picture."""
    with closing(document[index]) as page, closing(page.get_textpage()) as textpage:
        width, height = page.get_size()
        lines = _lines(textpage, _turn(page))
        text, words, breaks = page_text(lines, width)
        return Page(index + 1, text, words, width, height, breaks), not words and _has_picture(page)


def _lines(textpage: pdfium.PdfTextPage, turn: Turn) -> list[Line]:
    """Give the page's lines as the file orders them; each is a list of words."""
    text, char_indices = _raw_text(textpage)
    words: list[str] = []
    ends: list[int] = []  # how many words there are at each line's end
    firsts: list[int] = []
    lasts: list[int] = []
    for found in _WORD_OR_BREAK.finditer(text):
        word = found[0]
        if word == "\n":
            ends.append(len(words))
            continue
        hyphenated = word[-1] in _LINE_END_HYPHENS
        if hyphenated:
            word = word[:-1] + "-"
        if not word.isascii():
            word = clean(word)
            if not word.strip():
                continue
        words.append(word)
        firsts.append(found.start())
        lasts.append(found.end() - 1)
        if hyphenated:
            # pdfium marks a hyphen at a line's end and swallows the line break after it.
            ends.append(len(words))
    if char_indices:
        firsts, lasts = [char_indices[place] for place in firsts], [char_indices[place] for place in lasts]
    boxes = turn(_rectangles(textpage.raw, firsts, lasts))
    pieces = list(map(Piece._make, zip(words, boxes, strict=True)))
    starts = [0, *ends]
    return [pieces[start:end] for start, end in zip(starts, [*ends, len(words)], strict=True) if start < end]


def _rectangles(textpage: Any, firsts: list[int], lasts: list[int]) -> list[Rectangle]:
    """Give the rectangles around words, from those of their first and last characters."""
    corners = (pdfium_c.FS_RECTF * (2 * len(firsts)))()
    # By address, for a pointer object for each call would cost as much as the call.
    page, address, size = ctypes.cast(textpage, ctypes.c_void_p).value, ctypes.addressof(corners), _RECTANGLE_SIZE
    for first, last in zip(firsts, lasts, strict=True):
        _loose_char_box(page, first, address)
        _loose_char_box(page, last, address + size)
        address += 2 * size
    numbers = memoryview(corners).cast("B").cast("f").tolist() if firsts else []
    edges = iter(numbers)
    return [
        (
            left if left < left2 else left2,
            bottom if bottom < bottom2 else bottom2,
            right if right > right2 else right2,
            top if top > top2 else top2,
        )
        for left, top, right, bottom, left2, top2, right2, bottom2 in zip(*[edges] * 8, strict=True)
    ]


def _raw_text(textpage: pdfium.PdfTextPage) -> tuple[str, list[int] | None]:
    """Give the page's text and, where they differ, the character index of each place in it."""
    raw, count = textpage.raw, textpage.count_chars()
    if count <= 0:
        return "", None
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    length = pdfium_c.FPDFText_GetText(raw, 0, count, buffer) - 1
    text = memoryview(buffer).cast("B")[: 2 * max(length, 0)].tobytes().decode("utf-16-le", "surrogatepass")
    if len(text) == count:
        return text, None
    # Characters without a Unicode value have boxes but no text: take them one by one.
    characters: list[str] = []
    indices: list[int] = []
    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        if 0 < code <= 0x10FFFF:
            characters.append(chr(code))
            indices.append(index)
    return _join_surrogates(characters, indices)


def _join_surrogates(characters: list[str], indices: list[int]) -> tuple[str, list[int]]:
    text = "".join(characters)
    if not re.search("[\ud800-\udbff][\udc00-\udfff]", text):
        return text, indices
    joined: list[str] = []
    kept: list[int] = []
    place = 0
    while place < len(text):
        pair = text[place : place + 2]
        is_pair = re.fullmatch("[\ud800-\udbff][\udc00-\udfff]", pair) is not None
        joined.append(pair.encode("utf-16", "surrogatepass").decode("utf-16") if is_pair else text[place])
        kept.append(indices[place])
        place += 2 if is_pair else 1
    return "".join(joined), kept


def _turn(page: pdfium.PdfPage) -> Turn:
    """Make the function from pdfium's page coordinates to the page as a person sees it."""
    x, y, right, top = page.get_bbox()

    def upright(rectangles: list[Rectangle]) -> list[Box]:
        return [_box((x0 - x, top - y1, x1 - x, top - y0)) for x0, y0, x1, y1 in rectangles]

    def quarter(rectangles: list[Rectangle]) -> list[Box]:
        return [_box((y0 - y, x0 - x, y1 - y, x1 - x)) for x0, y0, x1, y1 in rectangles]

    def half(rectangles: list[Rectangle]) -> list[Box]:
        return [_box((right - x1, y0 - y, right - x0, y1 - y)) for x0, y0, x1, y1 in rectangles]

    def three_quarters(rectangles: list[Rectangle]) -> list[Box]:
        return [_box((top - y1, right - x1, top - y0, right - x0)) for x0, y0, x1, y1 in rectangles]

    return {90: quarter, 180: half, 270: three_quarters}.get(page.get_rotation(), upright)


def _has_picture(page: pdfium.PdfPage) -> bool:
    kinds = (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_SHADING)
    with suppress(pdfium.PdfiumError):
        for count, item in enumerate(page.get_objects(filter=kinds, max_depth=4)):
            if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE or count > _PICTURE_SEARCH_LIMIT:
                return True
    return False


def no_text(broken: list[int]) -> UnreadableDocument:
    """Say that there is nothing to read, neither text nor pictures of it."""
    if broken:
        return UnreadableDocument(_DAMAGED)
    return UnreadableDocument("There is no text in the PDF that can be read; check the file and try again.")


def _warnings(broken: list[int]) -> list[str]:
    return [f"{name_pages(broken)} damaged and could not be read."] if broken else []
