"""Pages of a PDF that are only pictures: drawn, and recognised where an engine is installed."""

from __future__ import annotations

from contextlib import closing
from typing import Final

import pypdfium2 as pdfium

from runs.documents import engine
from runs.documents.packing import PageKeeper
from runs.documents.pages import Page
from runs.documents.picture_files import too_slow
from runs.documents.recognition import DPI, MOST_PIXELS, OutOfTime, Recogniser, for_reading
from runs.errors import UnreadableDocument

_SMALLEST: Final = 9.0
"""Points. Nothing can be read on a page that is narrower."""


class Scans:
    """The pages of one PDF that are pictures; the lists name those that were not read, and why."""

    def __init__(
        self,
        document: pdfium.PdfDocument,
        *,
        language: str | None,
        ends_at: float | None,
        keeper: PageKeeper | None = None,
    ) -> None:
        self.unread: list[int] = []
        self.failed: list[int] = []
        self.late: list[int] = []
        self.wordless: list[int] = []
        self._document = document
        self._keeper = keeper
        self._given = (language, ends_at)
        self._recogniser: Recogniser | None = None
        self._read_count = 0

    def read(self, page: Page) -> Page:
        """The page with the words of its picture; as it is where they can not be recognised."""
        if self._keeper and (known := self._keeper.known(page.number)):
            self._read_count += 1
            return known
        if self._recogniser is None:
            self._recogniser = Recogniser(language=self._given[0], ends_at=self._given[1])
        if not self._recogniser.is_possible:
            self.unread.append(page.number)
            return page
        if self.late or min(page.width, page.height) < _SMALLEST:
            (self.late if self.late else self.failed).append(page.number)
            return page
        try:
            found = recognised(self._document, page, self._recogniser)
        except OutOfTime:
            self.late.append(page.number)
            return page
        except (engine.RecognitionFailed, pdfium.PdfiumError):
            self.failed.append(page.number)
            return page
        self._read_count += 1
        if self._keeper:
            self._keeper.keep(found, len(self._document))
        if not found.words:
            self.wordless.append(page.number)
        return found

    @property
    def are_all_read(self) -> bool:
        """Whether another attempt, or another machine, would read no more of the pictures."""
        return not (self.unread or self.failed or self.late or (self._recogniser and self._recogniser.warnings))

    def refusal(self) -> UnreadableDocument | None:
        """Why a document of which nothing else could be read can not be; None if its pictures are not the reason."""
        if self.unread:
            return engine.missing()
        if self.late:
            return too_slow(self._read_count, self._read_count + len(self.late) + len(self.failed))
        if self.failed:
            return UnreadableDocument("The pages of the PDF are pictures that could not be recognised; scan it again.")
        if self._read_count:
            return UnreadableDocument("The PDF has only pictures, and no text was recognised in them.")
        return None

    def warnings(self) -> list[str]:
        """Sentences about pages that were not read, and what they were read with."""
        reasons = (
            (self.unread, f"and no text recognition is installed here to read them: {engine.HOW_TO_INSTALL}"),
            (self.late, "and there was no time left to recognise them"),
            (self.failed, "and their recognition failed"),
            (self.wordless, "in which no text was recognised"),
        )
        said = [
            f"{name_pages(numbers)} {'a picture' if len(numbers) == 1 else 'pictures'}{_joint(why)}{why}."
            for numbers, why in reasons
            if numbers
        ]
        return said + (self._recogniser.warnings if self._recogniser else [])


def recognised(document: pdfium.PdfDocument, page: Page, recogniser: Recogniser) -> Page:
    """Draw a page as it is seen and recognise its words.

    Raises ``OutOfTime``, ``RecognitionFailed`` and ``PdfiumError``.
    """
    scale = min(DPI / 72, (MOST_PIXELS / (page.width * page.height)) ** 0.5)
    with closing(document[page.number - 1]) as drawn, closing(drawn.render(scale=scale, grayscale=True)) as bitmap:
        picture = for_reading(bitmap.to_pil())
        return recogniser.read(picture, page.number, page.width, page.height)


def _joint(why: str) -> str:
    return ", " if why.startswith("and") else " "


def name_pages(numbers: list[int], one: str = "is", many: str = "are") -> str:
    """Name pages with their verb: "Page 3 is", "Pages 1–4 and 7 are"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    names = [str(first) if first == last else f"{first}–{last}" for first, last in spans]
    if len(numbers) == 1:
        return f"Page {names[0]} {one}"
    return f"Pages {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))} {many}"
