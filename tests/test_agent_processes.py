"""The processes that attempts run in: one is kept ready, serves one attempt, and outlives nobody."""

from __future__ import annotations

import dataclasses
import multiprocessing.forkserver
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from runs import lifecycle, processes, worker
from runs.agents.child import LARGEST_FILE, Order, PipeContext
from runs.models import Status, User
from runs.places import WORKER_VARIABLE, Place
from tests import acting
from tests.sites import ROOT
from tests.waiting import is_alive, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _ready() -> Iterator[None]:
    """Begin with a process that is ready, and leave none."""
    forget_ready()
    processes.keep_one_ready()
    yield
    forget_ready()


def forget_ready() -> None:
    while processes._ready:
        processes._ready.pop().end()


def ready() -> psutil.Process:
    (process,) = processes._ready
    return psutil.Process(process.pid)


def rehearsed(owner: User) -> Any:
    run = lifecycle.trigger(owner, "rehearsal", {"seconds": 0})
    worker.deliver(str(run.pk))
    return acting.fresh(run)


def order(**input: Any) -> Order:
    return Order("rehearsal", {"seconds": 0, **input}, 1, time.time() + 60, 256, 60, None, None)


def test_each_serves_one_attempt(owner: User) -> None:
    served = []
    for _ in range(3):
        served.append(ready())
        assert rehearsed(owner).status == Status.COMPLETED
        assert not is_alive(served[-1]), "what one attempt has left in memory is not there for the next"

    assert len({process.pid for process in served}) == 3
    assert is_alive(ready())


def test_the_agent_knows_the_request_that_asked_for_its_run() -> None:
    reading, reports = multiprocessing.Pipe(duplex=False)
    with reading, reports:
        assert PipeContext(reports, dataclasses.replace(order(), request_id="the-trigger")).request_id == "the-trigger"


def test_one_that_has_died_is_noticed_and_replaced(owner: User) -> None:
    dead = ready()
    dead.kill()
    wait_until(lambda: not is_alive(dead))

    run = rehearsed(owner)

    assert (run.status, run.attempt) == (Status.COMPLETED, 1), "its death is nobody's attempt"
    assert is_alive(ready())


def test_one_is_started_where_the_server_itself_was_killed(owner: User) -> None:
    psutil.Process(multiprocessing.forkserver._forkserver._forkserver_pid).kill()  # type: ignore[attr-defined]
    gone = ready()
    wait_until(lambda: not is_alive(gone))

    assert rehearsed(owner).status == Status.COMPLETED


def test_the_hunt_for_orphans_spares_it() -> None:
    running = processes.begin(order(act="orphan"))
    processes.keep_one_ready()
    grandchild = wait_until(psutil.Process(running.pid).children)[0]

    running.end()

    assert is_alive(ready())
    assert not is_alive(grandchild)


def test_it_is_no_group_of_its_own_before_it_has_an_order() -> None:
    """A signal to the whole group reaches it; and drills know an attempt that has begun by its group."""
    assert os.getpgid(ready().pid) != ready().pid


def test_the_kernel_bounds_its_memory_time_and_files() -> None:
    before = ready().memory_info().vms
    running = processes.begin(order(act="hang"))
    process = psutil.Process(running.pid)
    wait_until(lambda: process.rlimit(psutil.RLIMIT_CORE) == (0, 0))

    memory, _ = process.rlimit(psutil.RLIMIT_AS)
    assert 0 < memory - before <= 400 * 1024 * 1024, "the order's 256 MB, and what the process has meanwhile loaded"
    assert process.rlimit(psutil.RLIMIT_CPU) == (60, 60)
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (LARGEST_FILE, LARGEST_FILE)
    running.end()


def test_it_opens_no_connection_of_the_worker() -> None:
    """The database's, above all: it would be signed in already."""
    running = processes.begin(order(act="hang"))
    process = psutil.Process(running.pid)

    assert process.net_connections() == []
    running.end()


def test_it_learns_no_secret_and_names_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_ready()
    server = psutil.Process(multiprocessing.forkserver._forkserver._forkserver_pid)  # type: ignore[attr-defined]
    server.kill()
    wait_until(lambda: not is_alive(server))
    monkeypatch.setenv("SECRET_KEY", "a secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/database")
    before = dict(os.environ)

    processes.keep_one_ready()

    assert "secret" not in str(ready().environ())
    assert ready().environ()[WORKER_VARIABLE] == str(Place.here())
    assert dict(os.environ) == before


WORKER = """
import django; django.setup()
from runs import processes
processes.keep_one_ready()
print(processes._ready[0].pid, flush=True)
"""


def workers_ready_process(then: str) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A worker of its own that keeps a process ready and then does something else."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "agentsite.settings"}
    command = [sys.executable, "-c", WORKER + then]
    started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    return started, psutil.Process(int(started.stdout.readline()))


def test_it_dies_with_its_worker() -> None:
    leaving, process = workers_ready_process("input()")

    with leaving:
        leaving.send_signal(signal.SIGKILL)

        wait_until(lambda: not is_alive(process))


def test_a_worker_that_leaves_does_not_wait_for_it() -> None:
    leaving, process = workers_ready_process("")

    with leaving:
        assert leaving.wait(10) == 0
        wait_until(lambda: not is_alive(process))
