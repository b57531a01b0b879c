"""Several programs run side by side, as one.

For ``manage.py up``: starts them, marks each line of their output with the program's
name, starts again what ends by itself, and stops everything together.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
EARLY_SECONDS = 5.0
"""A program that ends sooner than this after its start has probably a reason to."""
EARLY_ENDS_GIVEN_UP_AFTER = 5

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class GaveUp(Exception):
    """A program ended again and again; the text names it and how it ended."""


@dataclass(slots=True)
class Program:
    """One program. Asked to stop, it has ``patience`` seconds before it is killed."""

    name: str
    command: Sequence[str]
    colour: int
    patience: float = 10.0
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    early_ends: int = 0

    def start(self, folder: Path, environment: Mapping[str, str], write: Callable[[Program, str], None]) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only whoever started it."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # nosec B603
            self.command,
            cwd=folder,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        assert self.process.stdout is not None
        threading.Thread(target=self._pass_on, args=(self.process.stdout, write), daemon=True).start()

    def _pass_on(self, output: IO[str], write: Callable[[Program, str], None]) -> None:
        with output:
            for line in output:
                write(self, line.rstrip("\n"))

    def stop(self) -> None:
        """Ask it to stop; at last kill its whole session. Returns when it is gone."""
        process = self.process
        if process is None:
            return
        process.terminate()
        if not self._is_gone_within(self.patience):
            self.kill_the_rest()
            process.wait()

    def kill_the_rest(self) -> None:
        """Kill what a main process that has ended left behind: it still holds the port, or the queue."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _is_gone_within(self, seconds: float) -> bool:
        assert self.process is not None
        try:
            self.process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return False
        return True


class Programs:
    """A set of programs that run and stop together."""

    def __init__(self, programs: Sequence[Program], folder: Path, environment: Mapping[str, str]) -> None:
        self.programs = programs
        self.folder = folder
        self.environment = environment
        self._is_stopping = threading.Event()
        self._writing = threading.Lock()
        self._has_colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._width = max(len(program.name) for program in programs)

    def run(self, when_started: Callable[[], None]) -> None:
        """Run all of them until SIGINT or SIGTERM. Raises ``GaveUp``.

        ``when_started`` is called once, as soon as all have been started.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._is_stopping.set())
        try:
            for program in self.programs:
                program.start(self.folder, self.environment, self._write)
            when_started()
            while not self._is_stopping.wait(0.2):
                self._restart_what_has_ended()
        finally:
            self._stop()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked everything to stop."""
        return self._is_stopping.is_set()

    def _restart_what_has_ended(self) -> None:
        for program in self.programs:
            assert program.process is not None
            code = program.process.poll()
            if code is None:
                continue
            is_early = time.monotonic() - program.started_at < EARLY_SECONDS
            program.early_ends = program.early_ends + 1 if is_early else 0
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            if program.early_ends >= EARLY_ENDS_GIVEN_UP_AFTER:
                raise GaveUp(f"{program.name} {how} soon after its start, {EARLY_ENDS_GIVEN_UP_AFTER} times in a row.")
            self._write(program, f"{program.name} {how}; starting it again")
            program.kill_the_rest()
            program.start(self.folder, self.environment, self._write)

    def _stop(self) -> None:
        stopping = [threading.Thread(target=program.stop) for program in self.programs]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()

    def _write(self, program: Program, line: str) -> None:
        name = f"{program.name:<{self._width}} |"
        if self._has_colours:
            name = f"\033[{program.colour}m{name}\033[0m"
        if line.startswith('{"at": '):
            # In JSON, for whatever collects it.
            name = ""
        with self._writing:
            print(*filter(None, [name]), line, flush=True)  # noqa: T201


def _end_with_parent() -> None:
    """Have the kernel end the program when the one that started it is killed."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
