"""The processes around a run of the drill: its worker, and the cluster that worker belongs to.

Nothing is ever ended by name. The run's row names its worker's process, in a way that is
never another's (``runs.places``); that process's parents are the sentinel and main, and a
cluster's row of this host must name the same main.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil

from runs.models import AgentRun, Cluster
from runs.places import Place


class NotIdentified(Exception):
    """A process could not be told for certain; the text says which. Nothing was ended."""


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes around one run."""

    main: psutil.Process
    sentinel: psutil.Process
    worker: psutil.Process

    @classmethod
    def of(cls, run: AgentRun) -> Crew:
        """The crew that carries out ``run``, on this host. Raises ``NotIdentified``."""
        place = Place.parse(run.worker_place)
        if place is None or not place.is_here or not place.is_alive:
            raise NotIdentified(f"the worker of {run} is not a process of this host")
        try:
            worker = psutil.Process(place.pid)
            sentinel = worker.parent()
            main = sentinel.parent() if sentinel else None
        except psutil.Error as error:
            raise NotIdentified(f"the worker of {run} is gone: {error}") from None
        if sentinel is None or main is None:
            raise NotIdentified(f"the worker of {run} belongs to no cluster")
        listening = Cluster.objects.listening().filter(host=socket.gethostname(), pid=main.pid)
        if not listening.exists():
            raise NotIdentified(f"process {main.pid}, which started the worker of {run}, is no cluster of this site")
        return cls(main, sentinel, worker)

    def agents(self) -> list[psutil.Process]:
        """The agent's process of the worker's run: it leads a group of its own, as no other does here."""
        with contextlib.suppress(psutil.Error):
            return [process for process in self.worker.children(recursive=True) if _leads_a_group(process)]
        return []

    def below(self, process: psutil.Process) -> list[psutil.Process]:
        """The process and all that it has started."""
        with contextlib.suppress(psutil.Error):
            return [process, *process.children(recursive=True)]
        return [process]

    @property
    def is_started_again(self) -> bool:
        """Whether ``manage.py up`` looks after the cluster."""
        with contextlib.suppress(psutil.Error):
            parent = self.main.parent()
            words = parent.cmdline() if parent else []
            return "up" in words and any(word.endswith("manage.py") for word in words)
        return False


def _leads_a_group(process: psutil.Process) -> bool:
    with contextlib.suppress(ProcessLookupError):
        return os.getpgid(process.pid) == process.pid
    return False


def kill(process: psutil.Process) -> None:
    """SIGKILL, to the very process that was identified: psutil looks whether the number is still its own."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        raise NotIdentified(f"process {process.pid} had ended before it was killed") from None
    except psutil.AccessDenied:
        raise NotIdentified(
            f"this user may not kill process {process.pid}: hold the drill as the site's user"
        ) from None


def alive(processes: Iterable[psutil.Process]) -> Sequence[psutil.Process]:
    """Those that still do anything; a zombie does not."""
    return [process for process in processes if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
