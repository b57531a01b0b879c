"""Opening a document, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from runs.documents import kinds
from runs.documents.characters import has_readable_text
from runs.documents.languages import language_of
from runs.documents.packing import PageKeeper
from runs.documents.pages import Progress, Reading
from runs.documents.text import refuse_masses
from runs.errors import UnreadableDocument

PAGE_LIMIT = 2000

READER_VERSION: Final[Mapping[str, str]] = dict.fromkeys(kinds.READABLE_KINDS, "5")
"""Raised for a kind when its documents are read differently: readings kept from before are then made anew."""


_listeners: list[Callable[[bool], None]] = []


def read(
    path: str | Path,
    *,
    media_type: str | None = None,
    page_limit: int = PAGE_LIMIT,
    progress: Progress | None = None,
    language: str | None = None,
    ends_at: float | None = None,
    keeper: PageKeeper | None = None,
) -> Reading:
    """Read a document into pages of text, words and boxes.

    ``media_type`` is what somebody has sniffed already; None looks at the content. A
    document with more than ``page_limit`` pages is refused, not cut. ``progress`` is
    called after each page; what it raises passes through. ``language``, an ISO 639-1 code,
    and ``ends_at``, in seconds since the epoch, are for pictures, whose recognition takes
    seconds a page: None tells the language by the words, and takes the time it needs. ``keeper``
    remembers recognised pages, so that they need not be recognised again.

    Raises ``UnreadableDocument``, with a sentence for people, and nothing else for a fault of the document.
    """
    _tell(True)
    try:
        return _read(Path(path), media_type, page_limit, progress, language, ends_at, keeper)
    except MemoryError:
        raise UnreadableDocument(
            "Reading the document takes more memory than a run has; split it, or save it again in a simpler form."
        ) from None
    finally:
        _tell(False)


def watch(listener: Callable[[bool], None]) -> None:
    """Have a listener told when reading begins (True) and when it has ended (False), from now on.

    Parsers are in C: what a document does to one may end the process, and only who watches can tell why.
    """
    _listeners.append(listener)


def _tell(is_reading: bool) -> None:
    for listener in _listeners:
        listener(is_reading)


def _read(
    path: Path,
    media_type: str | None,
    page_limit: int,
    progress: Progress | None,
    language: str | None,
    ends_at: float | None,
    keeper: PageKeeper | None,
) -> Reading:
    kind = media_type if media_type in kinds.READABLE_KINDS else kinds.sniff(path)
    if path.stat().st_size == 0:
        kind = kinds.EMPTY
    if kind == kinds.PDF:
        from runs.documents.pdf import read_pdf  # each reader's library only where it is needed

        reading = read_pdf(
            path, page_limit=page_limit, progress=progress, language=language, ends_at=ends_at, keeper=keeper
        )
    elif kind in kinds.PICTURE_KINDS:
        from runs.documents.picture_files import read_picture

        reading = read_picture(
            path, kind, page_limit=page_limit, progress=progress, language=language, ends_at=ends_at, keeper=keeper
        )
    else:
        reading = _guarded(_reader(kind), path, kind)
        if len(reading.pages) > page_limit:
            raise too_many_pages(len(reading.pages), page_limit)
        if progress:
            progress(len(reading.pages), len(reading.pages))
    lines = sum(page.text.count("\n") for page in reading.pages)
    refuse_masses(sum(len(page.text) for page in reading.pages), lines=lines)
    if not any(has_readable_text(page.text) for page in reading.pages):
        raise UnreadableDocument("There is no text in the document that can be read; check the file and try again.")
    return replace(reading, language=reading.language or language_of(page.text for page in reading.pages))


def too_many_pages(count: int, limit: int) -> UnreadableDocument:
    """Say that a document is too long."""
    return UnreadableDocument(
        f"The document has {count:,} pages and at most {limit:,} are read; split it and try again."
    )


def no_such_page(number: int, count: int) -> UnreadableDocument:
    """Say that a document is shorter than somebody thinks."""
    return UnreadableDocument(f"There is no page {number}: the document has {count}.")


def _reader(kind: str) -> Callable[[Path], Reading]:
    if kind in kinds.WORD_KINDS:
        from runs.documents.docx import read_docx

        return partial(read_docx, kind=kind)
    if kind == kinds.EMAIL:
        from runs.documents.email_messages import read_email

        return read_email
    if kind == kinds.CSV:
        from runs.documents.tables_of_text import read_csv

        return read_csv
    if kind == kinds.MARKDOWN:
        from runs.documents.text import read_markdown

        return read_markdown
    if kind == kinds.HTML:
        from runs.documents.html import read_html

        return read_html
    if kind == kinds.TEXT:
        from runs.documents.text import read_text

        return read_text
    raise _refusal(kind)


def _refusal(kind: str) -> UnreadableDocument:
    if kind == kinds.EMPTY:
        return UnreadableDocument("The file is empty; check that it was saved or uploaded completely and try again.")
    if kind == kinds.ENCRYPTED_OFFICE:
        return UnreadableDocument("The file is encrypted; save a copy without a password and try again.")
    if kind == kinds.OUTLOOK:
        return UnreadableDocument("The file is an Outlook message; save it as an e-mail file (.eml) and try again.")
    name = kinds.UNREADABLE_KINDS.get(kind, "file of an unknown kind")
    article = "an" if name[0] in "AEIOUaeiou" or name.startswith("RTF") else "a"
    return UnreadableDocument(
        f"The file is {article} {name}, which can not be read; "
        "save it as a PDF, Word document, picture, web page or plain text and try again."
    )


def _guarded(reader: Callable[[Path], Reading], path: Path, kind: str) -> Reading:
    try:
        return reader(path)
    except (UnreadableDocument, MemoryError):
        raise
    except Exception as error:
        # Damaged files make parsers fail in ways they do not list; all mean the same to a person.
        raise UnreadableDocument(
            f"The {kinds.READABLE_KINDS[kind]} is damaged and can not be read; save it again and try again."
        ) from error
