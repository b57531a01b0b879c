"""The recognised pages of a document, kept as parts of a run: recognising them again would take seconds a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runs.agents.base import DocumentFile, RunContext
from runs.documents import READER_VERSION, Page, Reading
from runs.documents.packing import packed, unpacked

DOCUMENT = "document"
"""The part that says how many pages there are."""
FOUND = "found"
"""The part that holds what was found on the pages there were."""


PAGE = re.compile(r"page (\d+)")


def part_of(number: int) -> str:
    """What a page's part is called."""
    return f"page {number}"


def page_texts(kept: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The numbers and texts of the pages among the parts of a run, in their order."""
    found = ((PAGE.fullmatch(name), value) for name, value in kept.items())
    return sorted((int(name[1]), str(value["text"])) for name, value in found if name)


class KeptPages:
    """Those that earlier attempts have recognised, and those that this one does. A ``PageKeeper``."""

    def __init__(self, context: RunContext, file: DocumentFile) -> None:
        self._context = context
        self._file = file
        self._count = 0
        self._reader = READER_VERSION.get(file.media_type, "")
        self.pages: list[Page] = []

    def known(self, number: int) -> Page | None:
        """The page of this number, if an earlier attempt has recognised it."""
        value = self._context.kept.get(part_of(number))
        if value is None or value["reader"] != self._reader:
            return None
        page = unpacked(number, value)
        self.pages.append(page)
        return page

    def keep(self, page: Page, count: int) -> None:
        """Keep a page that was recognised now."""
        if not self._count and DOCUMENT not in self._context.kept:
            self._context.keep(DOCUMENT, self._document(count))
        self._count = count
        self.pages.append(page)
        self._context.keep(
            part_of(page.number), {**packed(page), "reader": self._reader}, done=page.number, total=count, unit="pages"
        )

    def _document(self, count: int) -> dict[str, Any]:
        file = self._file
        return {"name": file.name, "media_type": file.media_type, "pages": count, "sha256": file.sha256}

    @property
    def reading(self) -> Reading | None:
        """What there is of the document; None where no page was recognised."""
        return Reading(self._file.media_type, self.pages) if self.pages else None
