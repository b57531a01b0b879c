"""What a process that opens a hostile document takes upon itself before it does."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

MEGABYTE = 1024 * 1024


def take(*, memory: int, cpu_seconds: int, largest_file: int, wall_seconds: int, may_start_processes: bool) -> None:
    """Have the kernel hold the limits, also where a parser is in C code.

    ``memory``: bytes beyond what the process has now; ``largest_file``: bytes of each file it writes, standard
    output too. After ``wall_seconds`` it ends by itself, should whoever waits for it be gone.
    """
    present = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: present + memory,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: largest_file,
        resource.RLIMIT_CORE: 0,
    }
    if not may_start_processes:
        # None of its own could outlive this one; root's are not counted.
        limits[resource.RLIMIT_NPROC] = 0
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    signal.alarm(wall_seconds)
