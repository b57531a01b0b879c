"""Whether a process of the cluster lives."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

FLAGS, PENDING_SIGNALS = 6, 28
"""Fields of ``/proc/<pid>/stat`` behind the name, see proc(5)."""
IS_EXITING = 0x4
IS_KILLED = 1 << (signal.SIGKILL - 1)


def is_alive(pid: int) -> bool:
    """Whether the process does anything, and will.

    One that has ended and was not reaped yet does not; nor does one that has been killed and has
    not ended yet, which can take a while where it has much memory to return.
    """
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE) and not _is_dying(pid)
    except psutil.NoSuchProcess:
        return False


def _is_dying(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return bool(int(fields[FLAGS]) & IS_EXITING or int(fields[PENDING_SIGNALS]) & IS_KILLED)
