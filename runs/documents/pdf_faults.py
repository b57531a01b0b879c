"""What a PDF's pages lack, page by page, and the sentences for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from runs.documents.pdf_scans import name_pages
from runs.errors import UnreadableDocument

DAMAGED = "The PDF is damaged and can not be read; save or export it again and try again."


@dataclass(slots=True)
class Faults:
    """The numbers of pages by what is wrong with them.

    ``broken``: can not be opened; ``undecodable``, ``outside``, ``invisible``:
    text in fonts that do not say what they draw, beyond the page's edges, or drawn without ink.
    """

    broken: list[int] = field(default_factory=list)
    undecodable: list[int] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)
    invisible: list[int] = field(default_factory=list)

    def warnings(self) -> list[str]:
        """One sentence for each kind of fault there is."""
        sentences = (
            (self.broken, "is", "are", "damaged and could not be read."),
            (self.undecodable, "has", "have", "text that can not be decoded; it is left out."),
            (self.outside, "has", "have", "text outside of what is shown; it is left out."),
            (self.invisible, "has", "have", "invisible text; it is left out."),
        )
        return [f"{name_pages(pages, one, many)} {what}" for pages, one, many, what in sentences if pages]

    def no_text(self) -> UnreadableDocument:
        """Say why a document has no text at all."""
        if self.undecodable:
            return UnreadableDocument(
                "The PDF's text can not be decoded, for its fonts do not say which letters they draw; "
                "run text recognition (OCR) on it and try again."
            )
        if self.broken:
            return UnreadableDocument(DAMAGED)
        return UnreadableDocument("There is no text in the PDF that can be read; check the file and try again.")
