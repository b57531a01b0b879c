"""Reading a run's document: from what was read before, where it was; else from its content."""

from __future__ import annotations

from contextlib import suppress

from runs.agents.base import DocumentFile, RunContext, reading_ends_at
from runs.documents import Reading, read
from runs.documents.kept_readings import load_reading, write_reading
from runs.documents.packing import PageKeeper
from runs.documents.pages import Progress
from runs.documents.reading import too_many_pages

READ_BEFORE = "Read before: what was read of this document then is used."
"""The line of the log that says that the document itself was not opened."""


def read_document(
    context: RunContext,
    document: DocumentFile,
    *,
    page_limit: int | None = None,
    progress: Progress | None = None,
    keeper: PageKeeper | None = None,
) -> Reading:
    """Read a document, unless that was done before by the same version of its reader.

    One of more pages than ``page_limit``, or than the document's own limit, is refused. ``keeper`` remembers
    recognised pages while it is read. Raises ``UnreadableDocument``.
    """
    limit = min(page_limit or document.page_limit, document.page_limit)
    kept = document.kept_reading and load_reading(document.kept_reading, document.sha256, document.media_type)
    if kept:
        context.log(READ_BEFORE)
        if len(kept.pages) > limit:
            raise too_many_pages(len(kept.pages), limit)
        return kept
    reading = read(
        document.path,
        media_type=document.media_type,
        page_limit=limit,
        progress=progress,
        ends_at=reading_ends_at(context),
        keeper=keeper,
    )
    if document.reading_place:
        # A full disk is no reason to fail.
        with suppress(OSError):
            write_reading(reading, document.reading_place, document.sha256, document.media_type)
    return reading
