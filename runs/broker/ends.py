"""How workers with a message ended.

Only their parent, the sentinel, is told, and django-q2 forgets it at once. Here it is looked at
before django-q2 takes it, and kept where the pusher can read it.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from multiprocessing.sharedctypes import RawArray

REMEMBERED = 64


class _End(ctypes.Structure):
    """``exit_code`` is minus the signal's number for a worker that was killed."""

    _fields_ = (("pid", ctypes.c_int32), ("exit_code", ctypes.c_int32))
    pid: int
    exit_code: int


class Ends:
    """The last ends, in memory that the cluster's processes share; only the sentinel writes it."""

    def __init__(self) -> None:
        self._ends: list[_End] = RawArray(_End, REMEMBERED)  # type: ignore[assignment]
        self._count = 0

    def look(self, pids: Iterable[int]) -> None:
        """Note how those of these children have ended that have; they are left to be waited for."""
        for pid in pids:
            try:
                end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                # It has been waited for meanwhile, or is another's child.
                continue
            if end is not None and self.exit_code_of(pid) is None:
                place = self._ends[self._count % REMEMBERED]
                place.pid = 0
                place.exit_code = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
                place.pid = pid
                self._count += 1

    def exit_code_of(self, pid: int) -> int | None:
        """The exit code of the worker with this number; None where nothing is known of its end."""
        return next((end.exit_code for end in self._ends if end.pid == pid), None)
