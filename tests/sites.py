"""A whole site in processes of its own, as ``make run`` starts it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from agentsite.postgres import EmbeddedPostgres
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
USER_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A running ``manage.py up``."""

    def __init__(self, var: Path, root: Path = ROOT, **environment: str) -> None:
        self.root = root
        self.port, live_port = free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "VAR_DIR")}
        self.environment = {
            **kept,
            "VAR_DIR": str(var),
            "WEB_BIND": f"127.0.0.1:{self.port}",
            "LIVE_BIND": f"127.0.0.1:{live_port}",
            "WORKERS": "1",
            **environment,
        }
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, str(self.root / "manage.py"), "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As from a terminal: Ctrl-C goes to the whole group.
            start_new_session=True,
        )
        self.output = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def passwords(self) -> dict[str, str]:
        """The first accounts' passwords, as printed."""
        return dict(re.findall(r"^    (operator|user) +(\S+)$", self.output, re.MULTILINE))

    def manage(self, *arguments: str) -> str:
        """What a command says on standard output."""
        done = subprocess.run(
            [sys.executable, str(self.root / "manage.py"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def until_ready(self) -> float:
        """Wait for the address to be printed; the seconds it took."""
        wait_until(lambda: "AgentSite is running at" in self.output or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.output
        return time.monotonic() - self.started_at

    def interrupt(self) -> int:
        """Ctrl-C, and the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(60)
        self._reading.join(10)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def processes(self, of: str = "") -> list[psutil.Process]:
        """What ``up`` has started, the database aside."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                words = " ".join(process.cmdline())
                if of in words and "postgres" not in words:
                    found.append(process)
        return found

    @contextlib.contextmanager
    def held_workers(self) -> Iterator[None]:
        """Workers that carry nothing out meanwhile: a run asked for now stays active, however quick its agent is."""
        workers = self.processes("qcluster")
        assert workers
        for process in workers:
            process.suspend()
        try:
            yield
        finally:
            for process in workers:
                process.resume()

    def trigger(self, agent: str = "document-extractor") -> httpx.Response:
        return httpx.post(f"{self.url}/agents/run", json={"agent_type": agent, "user_id": USER_ID})

    def status(self, run_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"{self.url}/agents/status/{run_id}").json()
        return answer

    def until_ended(self, run_id: str) -> dict[str, Any]:
        wait_until(lambda: self.status(run_id)["status"] != "running", 60)
        return self.status(run_id)


@contextlib.contextmanager
def sites(folder: Path) -> Iterator[Callable[..., Site]]:
    """Starts sites on one folder's data, and stops them, database and all."""
    started: list[Site] = []

    def start(root: Path = ROOT, **environment: str) -> Site:
        started.append(Site(folder / "var", root, **environment))
        return started[-1]

    try:
        yield start
    finally:
        for site in started:
            site.process.terminate()
            site.ended()
        # A site that was killed leaves its database running.
        EmbeddedPostgres(folder / "var" / "postgres").stop()
