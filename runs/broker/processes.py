"""Whether a process of the cluster lives."""

from __future__ import annotations

import psutil


def is_alive(pid: int) -> bool:
    """Whether the process does anything; one that has ended and was not reaped yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
