"""What agents' processes have read, kept for the next run on the same content.

A process is told where an earlier reading lies, and where it may leave a new one. Only here is that given its
name: whatever has taken over a process that reads a hostile document can spoil the reading of that document
and of no other. Nothing here looks into it; whoever uses it, does.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import structlog

from runs import content_cache
from runs.documents.kept_readings import LARGEST, version_of

logger = structlog.stdlib.get_logger(__name__)

_ROOM_FOR_THE_DIGEST = 128


@contextlib.contextmanager
def offered(sha256: str, media_type: str) -> Iterator[tuple[Path | None, Path]]:
    """An earlier reading of a content, and a place for a new one, which is kept afterwards if it was left."""
    kept = content_cache.place(sha256, f"{version_of(media_type)}.reading")
    with tempfile.TemporaryDirectory(prefix="reading-") as folder:
        place = Path(folder) / "reading"
        yield (kept if content_cache.is_kept(kept) else None), place
        content = _left_at(place)
        if content is not None:
            # A full disk is no reason to fail.
            with contextlib.suppress(OSError):
                content_cache.keep(kept, content)
                logger.info("reading_kept", sha256=sha256, bytes=len(content))


def _left_at(place: Path) -> bytes | None:
    """What was left, if that is a file of a bearable size: nothing else is followed or waited for."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST + _ROOM_FOR_THE_DIGEST:
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(LARGEST + _ROOM_FOR_THE_DIGEST)
    finally:
        os.close(handle)
