"""Where a process lives, so that others on the same machine can see whether it still does.

A process number alone is given to another program sooner or later, and a host's name may
be another container's too. A place names the boot, the process-number namespace, the
number and the moment the process began: that is never anybody else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORKER_VARIABLE = "AGENTSITE_WORKER"
"""In the environment of all that an attempt starts: the place of the worker it is started for."""

PROC = Path("/proc")
STATE, STARTED = 0, 19
"""Fields of ``/proc/<pid>/stat`` behind the name, see proc(5): state, and start time in ticks since boot."""


@dataclass(frozen=True, slots=True)
class Place:
    """One process of one machine. ``machine`` is empty where the system does not tell."""

    machine: str
    pid: int
    started: str

    @classmethod
    def here(cls) -> Place:
        """The place of the calling process."""
        fields = _stat(os.getpid())
        return cls(this_machine(), os.getpid(), fields[STARTED] if fields else "")

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """Read what ``str(place)`` wrote; None for anything else."""
        machine, _, rest = text.rpartition("/")
        pid, _, started = rest.partition("@")
        return cls(machine, int(pid), started) if machine and pid.isdecimal() else None

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}@{self.started}"

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine, so that ``is_alive`` can tell."""
        return bool(self.machine) and self.machine == this_machine()

    @property
    def is_alive(self) -> bool:
        """Whether that very process still runs. Only to be asked where ``is_here``."""
        try:
            fields = _stat(self.pid)
        except OSError:
            # No file left to open, or not allowed to: what cannot be seen is not therefore dead.
            return True
        return fields is not None and fields[STARTED] == self.started and fields[STATE] != "Z"


@cache
def this_machine() -> str:
    """The boot and the process-number namespace of this process."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = (PROC / "self/ns/pid").stat().st_ino
    except OSError:
        return ""
    return f"{boot}:{namespace}"


def _stat(pid: int) -> list[str] | None:
    """What the system tells of a process; None where there is none. Raises ``OSError`` where it does not tell."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name stands in parentheses and may hold anything, parentheses and blanks too.
    return text.rpartition(")")[2].split()
