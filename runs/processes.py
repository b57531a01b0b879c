"""The processes that attempts run in, as the worker that starts them sees them.

They are forked from a server that has the agents loaded, and one is kept ready ahead of the
next order, so that nobody waits for a process to start. Each carries out one order and ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.util
import os
import signal
from collections.abc import Iterator

import psutil
import structlog
from django.conf import settings

from runs.agents import child
from runs.places import WORKER_VARIABLE, Place
from runs.relay import model_offer

logger = structlog.stdlib.get_logger(__name__)

KEPT_VARIABLES = (
    "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "HOME", "TESSDATA_PREFIX", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
)  # fmt: skip

_forkserver = multiprocessing.get_context("forkserver")

_ours: set[int | None] = set()
"""The processes of this worker: one that carries out an attempt, and one that is kept ready."""

_ready: list[AgentProcess] = []
"""The one that is kept ready, unless it is in use. A list, since taking from it is one step also between threads."""


class AgentProcess:
    """One process for one attempt; it waits until it is given its order.

    ``pipe`` is where it reports, ``sentinel`` becomes readable when it has ended.
    """

    def __init__(self) -> None:
        self.pipe, reports = multiprocessing.Pipe(duplex=False)
        orders, self._orders = multiprocessing.Pipe(duplex=False)
        # A worker that leaves waits for its processes: one that waits for an order is told that none will come.
        multiprocessing.util.Finalize(self, self._orders.close, exitpriority=0)
        self._process = _forkserver.Process(target=child.main, args=(reports, orders))
        with _forkserver_environment():
            self._process.start()
        _ours.add(self.pid)
        reports.close()
        orders.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def sentinel(self) -> int:
        return self._process.sentinel

    @property
    def exit_code(self) -> int | None:
        """Once it has ended; minus the number of the signal that ended it."""
        return self._process.exitcode

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def begin(self, order: child.Order) -> None:
        """Give it the one order it carries out. Raises ``BrokenPipeError`` where it has ended."""
        self._orders.send(order)
        if order.llm is None:
            self._orders.close()

    @property
    def replies(self) -> int:
        """Where answers of the language model are written, for an order that offers one."""
        return self._orders.fileno()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to what it has started in its group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)
            return
        # It has not made its own group yet, or is gone.
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self) -> None:
        """SIGKILL to it and to whatever it has started, also in a session of its own."""
        self.signal(signal.SIGKILL)
        self._process.join()
        _ours.discard(self.pid)
        while orphans := _orphans():
            for orphan in orphans:
                with contextlib.suppress(psutil.NoSuchProcess):
                    orphan.kill()
        self.pipe.close()
        self._orders.close()


def begin(order: child.Order) -> AgentProcess:
    """The process that carries out ``order``: the one that was kept ready, or else a new one."""
    with contextlib.suppress(IndexError):
        kept = _ready.pop()
        with contextlib.suppress(BrokenPipeError):
            if kept.is_alive:
                kept.begin(order)
                return kept
        logger.warning("ready_process_ended", exit_code=kept.exit_code)
        kept.end()
    process = AgentProcess()
    process.begin(order)
    return process


def keep_one_ready() -> None:
    """Start the process of the next attempt ahead of it, with the server it is forked from where there is none."""
    if not _ready:
        _ready.append(AgentProcess())


def _orphans() -> list[psutil.Process]:
    """What ended attempts have left running: the forkserver inherits it, see ``runs.agents.nursery``."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(multiprocessing.forkserver._forkserver._forkserver_pid).children()  # type: ignore[attr-defined]
        left = [child for child in children if child.pid not in _ours]
        return [child for child in left if child.status() != psutil.STATUS_ZOMBIE]
    return []


@contextlib.contextmanager
def _forkserver_environment() -> Iterator[None]:
    """Have the forkserver, if it is started now, find the project and learn no secret.

    What a process is started with can be read in ``/proc`` for as long as it and its forks live, by
    an agent, or by a document that took one over; taking it out of ``os.environ`` later would not help.
    It also names the worker, by which ``runs.orphans`` knows what a dead one has left.
    """
    # What asks a language model takes half a second to load: once, where there is one to ask.
    asking = ["runs.agents.llm_client"] if model_offer() else []
    _forkserver.set_forkserver_preload(["runs.agents.nursery", *asking])
    before = dict(os.environ)
    for name in before.keys() - set(KEPT_VARIABLES):
        del os.environ[name]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(settings.BASE_DIR), before.get("PYTHONPATH")]))
    os.environ[WORKER_VARIABLE] = str(Place.here())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
