"""What tests of the broker deal with: messages, and processes that have ended."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

from django_q.signing import SignedPackage

HOLD = timedelta(minutes=1)


def ids(claimed: list[tuple[int, str]] | None) -> list[int]:
    return [row for row, _ in claimed or []]


def message(word: str = "message") -> str:
    """Something that django-q2 can deliver."""
    return SignedPackage.dumps({"id": "1", "name": word, "func": "print", "args": (word,), "kwargs": {}})


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@contextlib.contextmanager
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits to be killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def explode() -> None:
    """A chore that fails."""
    raise RuntimeError("boom")
