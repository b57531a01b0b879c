"""Asking a process of its own about a document: bounded in time and number, and with no secret in reach.

The programs are ``runs.documents.onlooker``, ``runs.documents.preflight`` and ``runs.agents.policies.trial``;
each takes limits upon itself. Nothing that one says is believed without checking.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

AT_ONCE: Final = 2
"""Each holds a thread of the web server and a processor: more would only be slower."""
KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "TESSDATA_PREFIX", "PYTHONPATH", "VIRTUAL_ENV")

_turns = threading.BoundedSemaphore(AT_ONCE)


class NoTurn(Exception):
    """Others are being asked, and it took them too long."""


class TookTooLong(Exception):
    """The process was stopped when its time was over."""


class BrokeOff(Exception):
    """The process ended otherwise than with an answer."""


def ask(
    program: str,
    *arguments: str,
    order: Any = None,
    seconds: float,
    largest_answer: int,
    turns: threading.BoundedSemaphore = _turns,
    patience: float | None = None,
) -> Any:
    """Start a program and give its answer, of any shape. Raises ``NoTurn``, ``TookTooLong`` and ``BrokeOff``.

    A turn is waited for as long as the answer would be, or for ``patience``. What is no look at a document
    brings ``turns`` of its own.
    """
    if not turns.acquire(timeout=seconds if patience is None else patience):
        raise NoTurn
    try:
        return _answer([sys.executable, "-m", program, *arguments], order, seconds, largest_answer)
    finally:
        turns.release()


def _answer(command: Sequence[str], order: Any, seconds: float, largest_answer: int) -> Any:
    # A file and not a pipe: what is said is not in our memory before its size is known.
    with tempfile.TemporaryFile() as said:
        try:
            subprocess.run(  # nosec B603
                command,
                input=json.dumps(order).encode(),
                stdout=said,
                stderr=subprocess.DEVNULL,
                cwd=settings.BASE_DIR,
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
                timeout=seconds,
                check=True,
            )
            said.seek(0)
            content = said.read(largest_answer + 1)
            if len(content) > largest_answer:
                raise BrokeOff
            return json.loads(content)
        except subprocess.TimeoutExpired:
            raise TookTooLong from None
        except (subprocess.SubprocessError, ValueError, RecursionError):
            raise BrokeOff from None
