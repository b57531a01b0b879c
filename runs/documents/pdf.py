"""Reading PDF: the text layer, word by word with its boxes, in reading order."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from runs.documents.characters import has_readable_text
from runs.documents.collecting import no_garbage
from runs.documents.engine import RecognitionFailed, program
from runs.documents.hyphens import Vocabulary
from runs.documents.kinds import PDF
from runs.documents.layout import Strip, in_order, joined
from runs.documents.packing import PageKeeper
from runs.documents.pages import Box, Page, Progress, Reading
from runs.documents.pdf_faults import DAMAGED, Faults
from runs.documents.pdf_hidden import hidden_words
from runs.documents.pdf_metadata import metadata_of
from runs.documents.pdf_peculiar import strips_of
from runs.documents.pdf_rules import rules_of
from runs.documents.pdf_scans import Scans, recognised
from runs.documents.pdf_text import ink_of
from runs.documents.reading import no_such_page, too_many_pages
from runs.documents.recognition import Recogniser
from runs.documents.tables import Tables
from runs.errors import UnreadableDocument

_PICTURE_SEARCH_LIMIT = 500
_SENTENCES = {
    pdfium_c.FPDF_ERR_PASSWORD: "The file is encrypted; save a copy without a password and try again.",
    pdfium_c.FPDF_ERR_SECURITY: "The file is protected in a way that can not be opened; save an unprotected copy and "
    "try again.",
}


@dataclass(slots=True)
class Draft:
    """A page before its lines are joined, which takes the words of the whole document."""

    number: int
    strips: list[Strip]
    width: float = 0.0
    height: float = 0.0
    is_picture: bool = False
    rules: list[Box] = field(default_factory=list)

    def page(self, vocabulary: Vocabulary) -> Page:
        """Join the lines."""
        text, words, breaks = joined(self.strips, vocabulary)
        return Page(self.number, text, words, self.width, self.height, breaks)


def read_pdf(
    path: Path,
    *,
    page_limit: int,
    progress: Progress | None = None,
    language: str | None = None,
    ends_at: float | None = None,
    keeper: PageKeeper | None = None,
) -> Reading:
    """Read a PDF's text layer, and its pictures where an engine is installed.

    Pages that can not be read are left empty and named in the warnings; a document of
    nothing else, or with more than ``page_limit`` pages, raises ``UnreadableDocument``.
    """
    with closing(open_pdf(path)) as document, no_garbage():
        count = len(document)
        if count == 0:
            raise UnreadableDocument(DAMAGED)
        if count > page_limit:
            raise too_many_pages(count, page_limit)
        drafts: list[Draft] = []
        of_pictures: dict[int, Page] = {}
        faults = Faults()
        scans = Scans(document, language=language, ends_at=ends_at, keeper=keeper)
        for index in range(count):
            draft = draft_of(document, index, faults)
            drafts.append(draft)
            if draft.is_picture:
                of_pictures[draft.number] = scans.read(Page(draft.number, "", (), draft.width, draft.height))
            if progress:
                progress(index + 1, count)
        vocabulary = Vocabulary([strip.texts for draft in drafts for strip in draft.strips])
        pages = [of_pictures.get(draft.number) or draft.page(vocabulary) for draft in drafts]
        metadata = metadata_of(document)
    readable = [page for page in pages if has_readable_text(page.text)]
    # A scan of which only some pages were read would be taken for the whole.
    if not readable or (scans.late and all(page.ocr_confidence is not None for page in readable)):
        raise scans.refusal() or faults.no_text()
    faults.undecodable = [number for number in faults.undecodable if number not in of_pictures]
    warnings = [*scans.warnings(), *faults.warnings()]
    tables = Tables(pages, [draft.rules for draft in drafts])
    return Reading(PDF, pages, metadata, warnings, tables, is_lasting=scans.are_all_read)


def read_pdf_page(path: Path, number: int) -> tuple[Page, int]:
    """Read one page, counted from 1, whether it has text or not; with it the number of pages.

    Raises ``UnreadableDocument``.
    """
    with closing(open_pdf(path)) as document:
        count = len(document)
        if not 1 <= number <= count:
            raise no_such_page(number, count)
        faults = Faults()
        page, is_picture = read_page(document, number - 1, faults)
        if faults.broken:
            raise UnreadableDocument("The page is damaged and can not be read.")
        recogniser = Recogniser() if is_picture else None
        if recogniser and recogniser.is_possible:
            with suppress(RecognitionFailed, pdfium.PdfiumError):
                page = recognised(document, page, recogniser)
        return page, count


def read_page(document: pdfium.PdfDocument, index: int, faults: Faults) -> tuple[Page, bool]:
    """Read one page, counted from 0, by itself, and say whether it is nothing but a picture."""
    draft = draft_of(document, index, faults)
    return draft.page(Vocabulary([strip.texts for strip in draft.strips])), draft.is_picture


def draft_of(document: pdfium.PdfDocument, index: int, faults: Faults) -> Draft:
    """Find the lines of one page, counted from 0, in reading order, and note what is wrong with it."""
    number = index + 1
    try:
        with closing(document[index]) as page, closing(page.get_textpage()) as textpage:
            width, height = page.get_size()
            ink = ink_of(page, textpage)
            hidden = hidden_words(page, textpage, ink, faults, number) if ink.texts else set()
            strips = in_order(strips_of(page, textpage, ink, hidden), width, height)
            is_picture = not strips and (_has_picture(page) or _can_be_recognised(number, faults))
            return Draft(number, strips, width, height, is_picture, rules_of(page) if strips else [])
    except pdfium.PdfiumError:
        faults.broken.append(number)
        return Draft(number, [])


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """Open a PDF. Raises ``UnreadableDocument`` with the sentence for why it can not be."""
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        sentence = _SENTENCES.get(getattr(error, "err_code", None) or pdfium_c.FPDF_GetLastError(), DAMAGED)
        raise UnreadableDocument(sentence) from error


def _can_be_recognised(number: int, faults: Faults) -> bool:
    """Whether an engine can read what the page's fonts do not say."""
    return number in faults.undecodable and program() is not None


def _has_picture(page: pdfium.PdfPage) -> bool:
    kinds = (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_SHADING)
    with suppress(pdfium.PdfiumError):
        for count, item in enumerate(page.get_objects(filter=kinds, max_depth=4)):
            if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE or count > _PICTURE_SEARCH_LIMIT:
                return True
    return False
