"""A process that looks at one page of a document and says what it sees.

Documents are hostile: whoever shows a page starts this (``python -m runs.documents.onlooker``), gives it one
order as JSON on standard input and reads one answer from standard output. The kernel bounds its memory, time
and files. Nothing of Django is loaded and no secret is in reach.

    order:  {"path": …, "media_type": …, "page": …, "quotes": [[quote, part of it], …]}          what stands there
            {"path": …, "media_type": …, "page": …, "picture": {"width": …, "path": …}}          a PNG to that path
    answer: {"pages": …, "width": …, "height": …, "text": …, "places": [{"start", "end", "boxes"} or null, …]}
            {}                                                                                    drawn
            {"refusal": "a sentence for people"}
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runs.documents import bounds
from runs.documents.bounds import MEGABYTE
from runs.documents.kinds import PDF, PICTURE_KINDS
from runs.documents.pages import Page
from runs.documents.pictures import draw_page
from runs.documents.quotes import find_quote
from runs.documents.reading import no_such_page, read
from runs.errors import UnreadableDocument

MEMORY = 900 * MEGABYTE
CPU_SECONDS = 20
WALL_SECONDS = 30
LARGEST_FILE = 64 * MEGABYTE
LONGEST_TEXT = 200_000


def main() -> None:
    """Carry out the order on standard input."""
    # An engine that recognises text is a process of its own.
    bounds.take(
        memory=MEMORY,
        cpu_seconds=CPU_SECONDS,
        largest_file=LARGEST_FILE,
        wall_seconds=WALL_SECONDS,
        may_start_processes=True,
    )
    order = json.load(sys.stdin)
    try:
        answer = _draw(order) if "picture" in order else look(order)
    except UnreadableDocument as error:
        answer = {"refusal": str(error)}
    except MemoryError:
        answer = {"refusal": "The page needs too much memory to be shown."}
    json.dump(answer, sys.stdout)


def _draw(order: Mapping[str, Any]) -> dict[str, Any]:
    picture = order["picture"]
    Path(picture["path"]).write_bytes(
        draw_page(Path(order["path"]), order["page"], picture["width"], order["media_type"])
    )
    return {}


def look(order: Mapping[str, Any]) -> dict[str, Any]:
    """Read the page and find the quotes on it again. Raises ``UnreadableDocument``."""
    page, count = _page(Path(order["path"]), order["media_type"], order["page"])
    return {
        "pages": count,
        "width": page.width,
        "height": page.height,
        "text": page.text[:LONGEST_TEXT],
        "places": places(page, order["quotes"]),
    }


def places(page: Page, quotes: Iterable[tuple[str, str]]) -> list[dict[str, Any] | None]:
    """Where each quote stands on the page, or the part of it that matters where that can be told apart."""
    return [_place(page, quote, part) for quote, part in quotes]


def _place(page: Page, quote: str, part: str) -> dict[str, Any] | None:
    found = find_quote(page, quote)
    if found is None:
        return None
    # The rest of the page is masked: the same words may stand further up.
    only = replace(page, text=" " * found.start + page.text[found.start : found.end])
    narrowed = find_quote(only, part) if part and part != quote else None
    best = narrowed or found
    return {"start": best.start, "end": best.end, "boxes": [list(box) for box in best.boxes]}


def _page(path: Path, media_type: str, number: int) -> tuple[Page, int]:
    if media_type == PDF:
        from runs.documents.pdf import read_pdf_page

        return read_pdf_page(path, number)
    if media_type in PICTURE_KINDS:
        from runs.documents.picture_files import read_picture_page

        return read_picture_page(path, media_type, number)
    pages = read(path, media_type=media_type).pages
    if not 1 <= number <= len(pages):
        raise no_such_page(number, len(pages))
    return pages[number - 1], len(pages)


if __name__ == "__main__":
    main()
