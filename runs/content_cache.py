"""What was made of a document's content, kept as files: pictures of its pages, what stands on them, its reading.

Named by the content's SHA-256 and by the version of what made them, so that nothing is made twice and nothing
outdated is found. All of it may be deleted at any time; what has not been looked at for longest is deleted first.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


def place(sha256: str, what: str) -> Path:
    """Where something made of a content is kept, if it is."""
    return Path(settings.PICTURES_DIR) / sha256[:2] / f"{sha256}-{what}"


def is_kept(path: Path) -> bool:
    """Whether it is there; that somebody has asked for it makes it the last to be forgotten."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


def keep(path: Path, content: bytes) -> None:
    """Keep something at its place, and forget as much of other things as the limit asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Renamed into place whole: another process may be reading.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
    forget_oldest(settings.PICTURES_LIMIT_MB * 1024 * 1024)


def forget_oldest(limit: int) -> None:
    """Delete what has not been looked at for longest until all is within ``limit`` bytes."""
    entries = []
    for path in Path(settings.PICTURES_DIR).glob("*/*"):
        with contextlib.suppress(OSError):
            facts = path.stat()
            entries.append((facts.st_mtime, facts.st_size, path))
    size = sum(entry[1] for entry in entries)
    for _, bytes_freed, path in sorted(entries):
        if size <= limit:
            return
        path.unlink(missing_ok=True)
        size -= bytes_freed


def forget(sha256: str) -> None:
    """Delete all that was made of a content on this machine."""
    for path in (Path(settings.PICTURES_DIR) / sha256[:2]).glob(f"{sha256}-*"):
        path.unlink(missing_ok=True)
