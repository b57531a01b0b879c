"""Real ``qcluster`` processes on the test's own database, and what becomes of them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psutil
from django.db import connection

from runs.models import AgentRun, Cluster
from runs.orphans import end_orphans
from tests.waiting import is_alive, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


def database_url() -> str:
    """The test's database, for another process."""
    words = connection.settings_dict
    account = f"{quote(words['USER'])}:{quote(words['PASSWORD'], safe='')}"
    if words["HOST"].startswith("/"):
        return f"postgresql://{account}@/{words['NAME']}?{urlencode({'host': words['HOST']})}"
    return f"postgresql://{account}@{words['HOST']}:{words['PORT'] or 5432}/{words['NAME']}"


class RealCluster:
    """A running ``manage.py qcluster``, in a session of its own."""

    def __init__(self, **environment: str) -> None:
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "WORKERS": "1",
            "LOG_FORMAT": "json",
            **environment,
        }
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "qcluster"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def said(self, event: str, logger: str = "") -> list[dict[str, Any]]:
        """The lines it has written so far about one kind of fact, from one module where that is named."""
        lines = [json.loads(line) for line in self.output.splitlines() if f'"event": "{event}"' in line]
        return [line for line in lines if logger in ("", line["logger"])]

    # --- Who is who

    @property
    def main(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    @property
    def sentinel(self) -> psutil.Process:
        return self.main.children()[0]

    @property
    def workers(self) -> list[psutil.Process]:
        """The sentinel starts them first, then the monitor and the pusher."""
        return self._children_of_sentinel()[: int(self.environment["WORKERS"])]

    @property
    def pusher(self) -> psutil.Process:
        return self._children_of_sentinel()[-1]

    def _children_of_sentinel(self) -> list[psutil.Process]:
        """In the order in which they were started.

        Told by the ticks since the machine began: psutil's times, by which its ``children`` goes too, are the
        clock's, and two of them may lie on both sides of the moment at which the clock was set.
        """
        sentinel = self.sentinel.pid
        return sorted(
            (process for process in psutil.process_iter() if has_parent(process, sentinel)),
            key=lambda process: (ticks_at_start(process.pid), process.pid),
        )

    @property
    def everything(self) -> list[psutil.Process]:
        """Main and all that it has started, agents' processes too."""
        return [self.main, *self.main.children(recursive=True)]

    # --- What happens to it

    def until_listening(self) -> RealCluster:
        """Wait until its pusher looks for messages and each worker could start an agent at once."""
        if self.environment.get("BROKER") == "stock":
            # It gives no sign of life: that main, sentinel, workers, monitor and pusher exist is all there is to see.
            wait_until(lambda: len(self.everything) >= 4 + int(self.environment["WORKERS"]))
            return self
        wait_until(lambda: Cluster.objects.listening().filter(pid=self.process.pid).exists())
        # The server that agents' processes are forked from, and the first of them, kept ready.
        wait_until(lambda: all(len(worker.children(recursive=True)) >= 2 for worker in self.workers))
        return self

    def terminate(self, to_the_group: bool = False) -> None:
        if to_the_group:
            os.killpg(self.process.pid, signal.SIGTERM)
        else:
            self.process.terminate()

    def ended(self, seconds: float = 40) -> int:
        """Wait until main has ended; its exit code."""
        code = self.process.wait(seconds)
        self._reading.join(10)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        # Whoever is left holds the other end of the output, and no cluster is started here any more to end it.
        wait_until(lambda: end_orphans() == 0 and not self._reading.is_alive())
        self.ended()


class Supervisor:
    """Starts a cluster again whenever it has ended, as ``up``, systemd or Docker do."""

    def __init__(self, start: Callable[[], RealCluster]) -> None:
        self._start = start
        self._is_over = threading.Event()
        self.cluster = start()
        self.ended_clusters: list[RealCluster] = []
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._is_over.wait(0.05):
            if self.cluster.process.poll() is not None:
                self.ended_clusters.append(self.cluster)
                self.cluster = self._start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()


@contextlib.contextmanager
def real_clusters() -> Iterator[Callable[..., RealCluster]]:
    """Starts clusters, and leaves none behind."""
    started: list[RealCluster] = []

    def start(**environment: str) -> RealCluster:
        started.append(RealCluster(**environment))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.kill()


def has_parent(process: psutil.Process, pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.ppid() == pid)
    return False


def ticks_at_start(pid: int) -> int:
    """When a process began, in ticks since the machine did; see proc(5)."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


def until_gone(processes: list[psutil.Process], seconds: float = 5) -> None:
    """Wait until none of these does anything any more."""
    wait_until(lambda: not [process for process in processes if is_alive(process)], seconds)


def until_ended(run: AgentRun, seconds: float = 30) -> AgentRun:
    wait_until(lambda: AgentRun.objects.finished().filter(pk=run.pk).exists(), seconds)
    return AgentRun.objects.get(pk=run.pk)


def worker_pid(run: AgentRun) -> int:
    """The process number of the worker that has the run."""
    worker: str = AgentRun.objects.values_list("worker", flat=True).get(pk=run.pk)
    return int(worker.rpartition(":")[2])
