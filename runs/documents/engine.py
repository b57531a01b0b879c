"""The program that recognises text in pictures: Tesseract, where it is installed.

It is started for one picture at a time, as a process that is bounded in time, has no
secret in its environment and ends with whoever started it. It only ever sees plain
grey pixels: no decoder of its own meets a hostile file.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
from functools import lru_cache
from typing import Final

from PIL import Image

from runs.errors import UnreadableDocument

HOW_TO_INSTALL: Final = "install Tesseract (tesseract-ocr) on the machines of this site"
PAGE_SECONDS: Final = 60.0
"""The longest that one picture may take."""
ORIENTATION: Final = "osd"
"""The name of what is installed beside the languages to tell which way up a page is."""

_LARGEST_OUTPUT: Final = 32 * 1024 * 1024
_PR_SET_PDEATHSIG: Final = 1
_KEPT_VARIABLES: Final = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "TMPDIR")
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class RecognitionFailed(Exception):
    """The program broke off, or took too long, over one picture."""


def program() -> str | None:
    """The path of the program; None where it is not installed."""
    return shutil.which("tesseract")


def missing() -> UnreadableDocument:
    """Say that pictures can not be read here, and what would help."""
    return UnreadableDocument(
        "The document is a scan or a picture, and no text recognition is installed here to read it: "
        f"{HOW_TO_INSTALL}, or run text recognition on it yourself, and try again."
    )


def languages() -> tuple[str, ...]:
    """What the program can read, in its own codes (``eng``, ``deu``); empty where it is not installed."""
    path = program()
    return _languages(path) if path else ()


@lru_cache(maxsize=4)
def _languages(path: str) -> tuple[str, ...]:
    listed = _run([path, "--list-langs"], b"", PAGE_SECONDS).decode("ascii", "replace")
    # The first line is a heading.
    return tuple(sorted(name for line in listed.splitlines()[1:] if (name := line.strip())))


def words(picture: Image.Image, language: str, *, dpi: float, seconds: float = PAGE_SECONDS) -> list[dict[str, str]]:
    """Recognise the words of a grey picture: the rows of the program's table, by its names of columns.

    Rows of all levels are given: ``level`` 5 is a word, ``left``, ``top``, ``width`` and
    ``height`` are pixels, ``conf`` a percentage. Raises ``RecognitionFailed``.
    """
    # 4: lines run over the whole page, as on invoices; columns are told apart afterwards, by the words' places.
    options = ["--psm", "4", "--oem", "1", "-l", language, "--dpi", str(round(dpi))]
    output = _run([_path(), "stdin", "stdout", *options, "tsv"], _portable(picture), seconds)
    header, *rows = output.decode("utf-8", "replace").split("\n")
    names = header.split("\t")
    return [dict(zip(names, row.split("\t"), strict=False)) for row in rows if row.count("\t") == len(names) - 1]


def orientation(picture: Image.Image, *, dpi: float, seconds: float = PAGE_SECONDS) -> tuple[int, str]:
    """Tell by how many degrees clockwise a picture must be turned to stand upright, and its script's name.

    Raises ``RecognitionFailed`` where there are too few characters to tell.
    """
    options = ["--psm", "0", "-l", ORIENTATION, "--dpi", str(round(dpi))]
    output = _run([_path(), "stdin", "stdout", *options], _portable(picture), seconds).decode("utf-8", "replace")
    said = dict(line.split(": ", 1) for line in output.splitlines() if ": " in line)
    try:
        is_sure = float(said["Orientation confidence"]) >= 2
        return (int(said["Rotate"]) if is_sure else 0), said.get("Script", "")
    except (KeyError, ValueError):
        raise RecognitionFailed from None


def _path() -> str:
    path = program()
    if path is None:
        raise missing()
    return path


def _portable(picture: Image.Image) -> bytes:
    """A picture as PGM: a header and its pixels."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    return b"P5 %d %d 255\n" % grey.size + grey.tobytes()


def _run(command: list[str], given: bytes, seconds: float) -> bytes:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(  # nosec B603
            command,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # One thread: the machine is shared, and threads take address space that is bounded.
            env={"PATH": os.defpath, **kept, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C"},
            timeout=max(seconds, 0.1),
            check=True,
            preexec_fn=_bind,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RecognitionFailed from error
    if len(done.stdout) > _LARGEST_OUTPUT:
        raise RecognitionFailed
    return done.stdout


def _bind() -> None:
    """In the new process: end with the one that started it, whatever happens to that, and within its limits."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = int(PAGE_SECONDS) if hard == resource.RLIM_INFINITY else min(int(PAGE_SECONDS), hard)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
