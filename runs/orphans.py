"""Ending what attempts have left running after their worker was killed.

A worker ends its attempts with all they have started. One that is killed takes its agent's
process with it, by the kernel, but not what that has started in a session of its own: this
goes on with nobody to watch it. It is known by the worker it names in its environment.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import psutil
import structlog

from runs.places import WORKER_VARIABLE, Place

logger = structlog.stdlib.get_logger(__name__)

PATIENCE_SECONDS = 2.0
"""A process can be started while its parent is looked at; looking again ends soon, or something is very wrong."""


def end_orphans() -> int:
    """Kill every process of this machine that was started for a worker which has ended; how many.

    Reads the environment of every process, which takes some milliseconds: to be called where there
    is a reason. Whatever names no worker, or one that lives, or one of another machine, is let be.
    """
    ended: set[int] = set()
    patience = time.monotonic() + PATIENCE_SECONDS
    while (orphans := list(_orphans())) and time.monotonic() < patience:
        for orphan in orphans:
            # Not by its number alone: psutil looks whether that is still the process it was.
            with contextlib.suppress(psutil.Error):
                orphan.kill()
                ended.add(orphan.pid)
        time.sleep(0.01)
    if ended:
        logger.warning("orphans_ended", pids=sorted(ended))
    return len(ended)


def _orphans() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        # Those of other users tell nothing, and those that have just ended neither.
        with contextlib.suppress(psutil.Error, OSError):
            worker = Place.parse(process.environ().get(WORKER_VARIABLE, ""))
            if worker and worker.is_here and not worker.is_alive and process.status() != psutil.STATUS_ZOMBIE:
                yield process
