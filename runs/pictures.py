"""What the pages of a run's document look like, and where on them a quote stands.

The document itself is only ever opened by ``runs.documents.onlooker``, a process of its own with
limits; what it says is kept in ``PICTURES_DIR`` under the content's SHA-256, so that it is asked once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from runs import agents, content_cache, document_processes, uploads
from runs.documents import sniff
from runs.documents.kept_readings import version_of
from runs.documents.kinds import PDF, PICTURE_KINDS
from runs.errors import NotFound, PageNotShown, TooBusyToShow
from runs.models import AgentRun

VERSION: Final = 1
"""Raised when pages are read or drawn differently: what was kept before is then made anew."""
WIDTHS: Final = (400, 800, 1200, 1600, 2400)
PATIENCE_SECONDS: Final = 15.0
REFUSALS_KEPT_SECONDS: Final = 60.0
LARGEST_ANSWER: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Original:
    """A document's content as a file of this machine."""

    path: Path
    name: str
    media_type: str
    sha256: str


class Place(BaseModel):
    """Where a quote stands: in the page's text, and in points from the page's top left corner."""

    start: int
    end: int
    boxes: list[tuple[float, float, float, float]]


class Sight(BaseModel):
    """One page: its size in points (0 without a layout), its text, and the places asked for.

    ``pages`` is the number of pages in all.
    """

    pages: int
    width: float
    height: float
    text: str
    places: list[Place | None]


@contextlib.contextmanager
def original_of(run: AgentRun, *, is_sample: bool) -> Iterator[Original]:
    """The content that the run worked on, or its agent's sample. Raises ``NotFound``."""
    document = run.document
    if document is not None:
        with uploads.local_path(document) as path:
            if not path.exists():
                raise NotFound("The content of this document is no longer there.")
            yield Original(path, document.name, document.media_type, document.sha256)
        return
    agent = agents.AGENTS.get(run.agent)
    if not is_sample or agent is None or agent.sample is None:
        raise NotFound("The document of this run has been deleted.")
    yield _sample(agent.sample)


@lru_cache
def _sample(path: Path) -> Original:
    return Original(path, path.name, sniff(path), hashlib.sha256(path.read_bytes()).hexdigest())


def width_for(wanted: int) -> int:
    """The width that is drawn for a wanted one: few, so that few are kept."""
    return next((width for width in WIDTHS if width >= wanted), WIDTHS[-1])


def picture(original: Original, page: int, width: int) -> Path:
    """A PNG of a page, ``width`` pixels wide. Raises ``PageNotShown`` and ``TooBusyToShow``."""
    kept = _kept(original, page, f"{width}.png")
    if not content_cache.is_kept(kept):
        with tempfile.TemporaryDirectory(prefix="picture-") as folder:
            drawn = Path(folder) / "page.png"
            _ask(original, page, {"picture": {"width": width, "path": str(drawn)}}, kept)
            content_cache.keep(kept, drawn.read_bytes())
    return kept


def look(original: Original, page: int, quotes: Sequence[tuple[str, str]]) -> Sight:
    """A page with the places of quotes, each given with the part of it that matters.

    Raises ``PageNotShown`` and ``TooBusyToShow``.
    """
    asked = hashlib.sha256(json.dumps(quotes).encode()).hexdigest()[:16]
    kept = _kept(original, page, f"{asked}.json")
    if content_cache.is_kept(kept):
        with contextlib.suppress(OSError, ValidationError):
            return Sight.model_validate_json(kept.read_bytes())
    answer = _ask(original, page, {"quotes": list(quotes)}, kept)
    try:
        sight = Sight.model_validate(answer)
    except ValidationError:
        raise PageNotShown("This page could not be read.") from None
    content_cache.keep(kept, json.dumps(answer).encode())
    return sight


def _ask(original: Original, page: int, question: Mapping[str, Any], kept: Path) -> Mapping[str, Any]:
    """Start an onlooker for one question. A refusal is remembered for a while, for it may have been dear."""
    refused = kept.with_suffix(".refused")
    with contextlib.suppress(OSError):
        if time.time() - refused.stat().st_mtime < REFUSALS_KEPT_SECONDS:
            raise PageNotShown(refused.read_text())
    order = {"path": str(original.path), "media_type": original.media_type, "page": page, **question}
    answer = _ask_onlooker(order)
    if "refusal" in answer:
        content_cache.keep(refused, str(answer["refusal"]).encode())
        raise PageNotShown(str(answer["refusal"]))
    return answer


def _ask_onlooker(order: Mapping[str, Any]) -> Mapping[str, Any]:
    program, seconds = "runs.documents.onlooker", PATIENCE_SECONDS
    try:
        answer = document_processes.ask(program, order=order, seconds=seconds, largest_answer=LARGEST_ANSWER)
    except document_processes.NoTurn:
        raise TooBusyToShow from None
    except document_processes.TookTooLong:
        return {"refusal": "It took too long to show this page."}
    except document_processes.BrokeOff:
        answer = None
    return answer if isinstance(answer, dict) else {"refusal": "This page could not be shown: its reader broke off."}


def _kept(original: Original, page: int, what: str) -> Path:
    return content_cache.place(original.sha256, f"{VERSION}.{version_of(original.media_type)}-{page}-{what}")


def can_be_drawn(original: Original) -> bool:
    """Whether its pages have a layout to draw; others are shown as text."""
    return original.media_type == PDF or original.media_type in PICTURE_KINDS
