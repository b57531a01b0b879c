"""A page as JSON and back, for whoever keeps recognised pages: recognition takes seconds a page."""

from __future__ import annotations

from typing import Any, Protocol

from runs.documents.pages import Box, Page, Word


class PageKeeper(Protocol):
    """Remembers pages that were recognised before, and those that are."""

    def known(self, number: int) -> Page | None:
        """The page of this number, if it was recognised before."""

    def keep(self, page: Page, count: int) -> None:
        """Remember a page that was recognised now, of ``count`` in all."""


def packed(page: Page) -> dict[str, Any]:
    """A page without its number: words as [text, start, left, top, right, bottom], or without a box."""
    return {
        "text": page.text,
        "words": [[word.text, word.start, *(word.box or ())] for word in page.words],
        "width": page.width,
        "height": page.height,
        "breaks": None if page.breaks is None else list(page.breaks),
        "ocr_confidence": page.ocr_confidence,
    }


def unpacked(number: int, value: dict[str, Any]) -> Page:
    """The page that was packed."""
    words = [Word(text, start, Box(*box) if box else None) for text, start, *box in value["words"]]
    rest = {name: value[name] for name in ("width", "height", "breaks", "ocr_confidence")}
    return Page(number, value["text"], words, **rest)
