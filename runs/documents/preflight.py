"""A quick look at a document before anybody runs on it. The inside of a process of its own.

``python -m runs.documents.preflight PATH`` takes limits upon itself, looks, and prints
one line of JSON:

    {"pages": 12, "text": "text", "language": "en", "is_encrypted": false, "is_scan": false, "refusal": ""}

``pages`` is null for kinds without pages. ``text``: "text", "mixed" (some pages are only
pictures), "pictures", or "" where nothing was read. ``is_scan``: there are only pictures
for certain, so that nothing can be read unless they are recognised. ``refusal`` is the
sentence with which every reader will refuse the document, whoever asks. Whoever starts the process
bounds its time, and believes nothing it says without checking.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from runs.documents import bounds, kinds
from runs.documents.characters import has_readable_text
from runs.documents.languages import language_of
from runs.documents.reading import read
from runs.errors import UnreadableDocument

MEMORY = 768 * bounds.MEGABYTE
CPU_SECONDS = 4
WALL_SECONDS = 6
LARGEST_OUTPUT = 64 * 1024
PAGES_LOOKED_AT = 24
PATIENCE_SECONDS = 2.0
"""For how long a PDF without text on the pages looked at is searched for some."""


def limit() -> None:
    """Take the limits upon this process."""
    bounds.take(
        memory=MEMORY,
        cpu_seconds=CPU_SECONDS,
        largest_file=LARGEST_OUTPUT,
        wall_seconds=WALL_SECONDS,
        may_start_processes=False,
    )


def look(path: Path) -> dict[str, Any]:
    """What can be told of a document at a glance. Never raises for a fault of the document."""
    kind = kinds.sniff(path)
    try:
        if kind in kinds.PICTURE_KINDS:
            return _look_at_picture(path, kind)
        return _look_at_pdf(path) if kind == kinds.PDF else _look_at_text(path, kind)
    except UnreadableDocument as refusal:
        return _facts(refusal=str(refusal), is_encrypted=kind == kinds.ENCRYPTED_OFFICE or _asks_for_password(refusal))


def _facts(**known: Any) -> dict[str, Any]:
    return {
        "pages": None,
        "text": "",
        "language": None,
        "is_encrypted": False,
        "is_scan": False,
        "refusal": "",
        **known,
    }


def _look_at_picture(path: Path, kind: str) -> dict[str, Any]:
    from runs.documents.picture_files import frame_count, opened

    with opened(path, kind) as picture:
        return _facts(pages=frame_count(picture, kind), text="pictures", is_scan=True)


def _look_at_text(path: Path, kind: str) -> dict[str, Any]:
    reading = read(path, media_type=kind)
    return _facts(text="text", language=reading.language)


def _look_at_pdf(path: Path) -> dict[str, Any]:
    from runs.documents.pdf import open_pdf, read_page
    from runs.documents.pdf_faults import Faults

    texts: list[str] = []
    pictures: list[int] = []
    faults = Faults()
    ends_at = time.monotonic() + PATIENCE_SECONDS
    with closing(open_pdf(path)) as document:
        count = len(document)
        seen = 0
        for index in _order(count):
            is_enough = seen >= PAGES_LOOKED_AT and any(map(has_readable_text, texts))
            if is_enough or time.monotonic() > ends_at:
                break
            seen += 1
            page, is_picture = read_page(document, index, faults)
            texts.append(page.text)
            if is_picture:
                pictures.append(index + 1)
    facts = _facts(pages=count, language=language_of(texts))
    if any(map(has_readable_text, texts)):
        return {**facts, "text": "mixed" if pictures else "text"}
    is_certain = seen == count
    if pictures or faults.undecodable:  # Where an engine is installed, it reads either.
        return {**facts, "text": "pictures", "is_scan": is_certain}
    return {**facts, "refusal": str(faults.no_text()) if is_certain else ""}


def _order(count: int) -> Iterator[int]:
    """The pages of a PDF: first some from all over it, then the others."""
    step = max(1, count // PAGES_LOOKED_AT)
    first = range(0, count, step)
    yield from first
    yield from (index for index in range(count) if index % step)


def _asks_for_password(refusal: UnreadableDocument) -> bool:
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    return bool(getattr(refusal.__cause__, "err_code", None) == FPDF_ERR_PASSWORD)


def main() -> None:
    """Look at the file named on the command line."""
    limit()
    json.dump(look(Path(sys.argv[1])), sys.stdout)


if __name__ == "__main__":
    main()
