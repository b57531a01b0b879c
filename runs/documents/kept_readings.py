"""A reading as a file, and back: so that a document is read once.

The file is JSON with numbers packed as base64, after a line with the digest of all that
follows. Whatever is wrong with a file, it is as if there were none.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from array import array
from collections.abc import Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from runs.documents.collecting import no_garbage
from runs.documents.pages import Box, Cell, Page, Reading, Table, Word
from runs.documents.reading import READER_VERSION

FORM: Final = "1"
"""Raised when readings are written in another form."""
LARGEST: Final = 64 * 1024 * 1024


def version_of(media_type: str) -> str:
    """What a kept reading of a kind is known by: another version was read otherwise, and is not used."""
    return f"{FORM}.{READER_VERSION.get(media_type, '0')}"


def write_reading(reading: Reading, path: Path, sha256: str, media_type: str) -> None:
    """Write a reading of a content of that SHA-256 and kind, unless another might be better or it is too large."""
    if not reading.is_lasting:
        return
    content = json.dumps(_plain(reading, sha256, media_type), separators=(",", ":")).encode("utf-8")
    if len(content) > LARGEST:
        return
    # Whole or not at all: the process may be stopped at any time.
    part = path.with_suffix(".part")
    part.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    part.replace(path)


def load_reading(path: Path, sha256: str, media_type: str) -> Reading | None:
    """Give a kept reading back; None where there is none, or one of another content or version, or a damaged one."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != digest:
            return None
        kept = json.loads(content)
        if (kept["sha256"], kept["kind"], kept["version"]) != (sha256, media_type, version_of(media_type)):
            return None
        with no_garbage():
            return _reading(kept)
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _plain(reading: Reading, sha256: str, media_type: str) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "kind": media_type,
        "version": version_of(media_type),
        "byteorder": sys.byteorder,
        "media_type": reading.media_type,
        "pages": [_plain_page(page) for page in reading.pages],
        "metadata": dict(reading.metadata),
        "warnings": list(reading.warnings),
        "tables": [[table.page, table.box, table.rows, table.continues] for table in reading.tables],
        "language": reading.language,
    }


def _plain_page(page: Page) -> dict[str, Any]:
    boxes = [word.box for word in page.words if word.box is not None]
    return {
        "number": page.number,
        "text": page.text,
        "size": [page.width, page.height],
        "breaks": None if page.breaks is None else list(page.breaks),
        "ocr_confidence": page.ocr_confidence,
        "starts": _packed("i", [word.start for word in page.words]),
        "lengths": _packed("i", [len(word.text) for word in page.words]),
        "boxes": _packed("d", [edge for box in boxes for edge in box]) if len(boxes) == len(page.words) else None,
    }


def _reading(kept: Mapping[str, Any]) -> Reading:
    if kept["byteorder"] != sys.byteorder or not kept["pages"]:
        raise ValueError("of another machine, or of nothing")
    return Reading(
        media_type=kept["media_type"],
        pages=[_page(page) for page in kept["pages"]],
        metadata={str(name): str(value) for name, value in kept["metadata"].items()},
        warnings=[str(warning) for warning in kept["warnings"]],
        tables=[
            Table(page, _box(box), [[Cell(text, _box(place)) for text, place in row] for row in rows], continues)
            for page, box, rows, continues in kept["tables"]
        ],
        language=kept["language"],
    )


def _page(kept: Mapping[str, Any]) -> Page:
    text, starts, lengths = kept["text"], _unpacked("i", kept["starts"]), _unpacked("i", kept["lengths"])
    texts = [text[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    boxes: Sequence[Box | None] = [None] * len(texts)
    if kept["boxes"] is not None:
        edges = iter(_unpacked("d", kept["boxes"]))
        boxes = list(map(tuple.__new__, repeat(Box), zip(edges, edges, edges, edges, strict=True)))
    words = list(map(tuple.__new__, repeat(Word), zip(texts, starts, boxes, strict=True)))
    width, height = kept["size"]
    return Page(kept["number"], text, words, width, height, kept["breaks"], kept["ocr_confidence"])


def _box(edges: Sequence[float] | None) -> Box | None:
    return None if edges is None else Box(*edges)


def _packed(form: str, numbers: Sequence[float]) -> str:
    return base64.b64encode(array(form, numbers).tobytes()).decode("ascii")


def _unpacked(form: str, text: str) -> list[Any]:
    numbers = array(form)
    numbers.frombytes(base64.b64decode(text, validate=True))
    return numbers.tolist()
