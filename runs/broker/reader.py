"""The worker that waits for the next message, and what becomes of the others when it dies.

Workers read from one pipe, under one lock: the first holds it while it waits, the others
wait for it. Killed there, it would hold the lock for ever.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import AbstractContextManager
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import RawValue
from multiprocessing.synchronize import Lock
from types import TracebackType
from typing import Any

from runs.broker.processes import is_alive

NOBODY = 0


class Reader:
    """Who holds the lock. In memory that the cluster's processes share; only the holder writes it."""

    def __init__(self) -> None:
        self._pid = RawValue(ctypes.c_int32, NOBODY)

    def note_at(self, queue: Queue[Any]) -> None:
        """Have this process note it down whenever it holds the queue's lock."""
        queue._rlock = _NotedLock(queue._rlock, self._pid)  # type: ignore[attr-defined]

    @property
    def has_died(self) -> bool:
        """Whether the worker that holds the lock has ended, and will never release it."""
        pid: int = self._pid.value
        return pid != NOBODY and not is_alive(pid)

    def release_for_the_dead(self, queue: Queue[Any]) -> None:
        """Let the next worker in. Only to be done where ``has_died``, and nothing is left of a message in the pipe."""
        self._pid.value = NOBODY
        queue._rlock.release()  # type: ignore[attr-defined]


class _NotedLock(AbstractContextManager[None]):
    """A lock of which is known who holds it, but for the instant before and after."""

    def __init__(self, lock: Lock, holder: Any) -> None:
        self._lock = lock
        self._holder = holder

    def __enter__(self) -> None:
        self._lock.acquire()
        self._holder.value = os.getpid()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # In this order: a dead process that is named here does hold the lock.
        self._holder.value = NOBODY
        self._lock.release()
