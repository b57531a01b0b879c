"""A worker that was stopped past its lease and goes on cannot write anything: it only learns that it has lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from runs import lifecycle
from runs.models import AgentRun, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import database_url
from tests.sites import ROOT
from tests.waiting import is_alive, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DELIVER = "import sys, django; django.setup(); from runs import worker; worker.deliver(sys.argv[1])"
SHORT_CLOCKS = {"LEASE_SECONDS": "1", "HEARTBEAT_SECONDS": "0.2", "STOP_GRACE_SECONDS": "0.2"}


@pytest.fixture
def carry_out() -> Iterator[Callable[[AgentRun], subprocess.Popen[bytes]]]:
    """Have a run carried out by a worker's process of its own, with short clocks."""
    environment = {
        **os.environ,
        **SHORT_CLOCKS,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "agentsite.settings",
    }
    workers: list[subprocess.Popen[bytes]] = []

    def start(run: AgentRun) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", DELIVER, str(run.pk)]
        workers.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return workers[-1]

    yield start
    for worker in workers:
        worker.send_signal(signal.SIGCONT)
        worker.kill()
        worker.wait()


@pytest.fixture(autouse=True)
def _short_lease(settings: Any) -> None:
    settings.LEASE_SECONDS = 1


def agents_of(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The agents' processes: children of the worker's forkserver."""
    return [agent for child in psutil.Process(worker.pid).children() for agent in child.children() if is_alive(agent)]


def until(run: AgentRun, kind: EventKind) -> None:
    wait_until(lambda: kind in acting.kinds(run))


def rescued(run: AgentRun) -> bool:
    lifecycle.rescue()
    return acting.fresh(run).status != Status.RUNNING


def test_a_stopped_worker_loses_its_run_and_its_result_is_kept_aside(
    owner: User, carry_out: Callable[[AgentRun], subprocess.Popen[bytes]]
) -> None:
    run = lifecycle.trigger(owner, "rehearsal", {"act": "succeed", "seconds": 1, "steps": 2})
    AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)
    worker = carry_out(run)
    until(run, EventKind.STEPPED)

    worker.send_signal(signal.SIGSTOP)
    # The agent's process works on and answers into the pipe; nobody renews the lease.
    wait_until(lambda: rescued(run))
    ended = AgentRun.objects.filter(pk=run.pk).values().get()
    worker.send_signal(signal.SIGCONT)
    worker.wait(20)

    assert AgentRun.objects.filter(pk=run.pk).values().get() == ended, "what has ended stays as it ended"
    after = acting.kinds(run)[acting.kinds(run).index(EventKind.FAILED) + 1 :]
    assert set(after) <= {EventKind.LATE_RESULT}
    assert acting.pending(owner), "the slot is free"


def test_a_result_that_was_ready_is_kept_and_can_be_adopted(
    owner: User, carry_out: Callable[[AgentRun], subprocess.Popen[bytes]]
) -> None:
    run = lifecycle.trigger(owner, "rehearsal", {"act": "succeed", "seconds": 0.6, "steps": 1})
    AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)
    worker = carry_out(run)
    until(run, EventKind.STEPPED)
    worker.send_signal(signal.SIGSTOP)
    wait_until(lambda: not agents_of(worker))
    wait_until(lambda: rescued(run))

    worker.send_signal(signal.SIGCONT)
    worker.wait(20)

    assert EventKind.LATE_RESULT in acting.kinds(run)
    adopted = lifecycle.adopt(acting.fresh(run), by=owner, reason="it had finished")
    assert (adopted.status, adopted.result) == (Status.COMPLETED, "rehearsed")


def test_the_next_attempt_is_not_disturbed(
    owner: User, carry_out: Callable[[AgentRun], subprocess.Popen[bytes]]
) -> None:
    run = lifecycle.trigger(owner, "rehearsal", {"act": "stall", "seconds": 0})
    worker = carry_out(run)
    until(run, EventKind.STARTED)
    worker.send_signal(signal.SIGSTOP)
    wait_until(lambda: rescued(run))
    acting.due(run)
    second = acting.started(run)

    worker.send_signal(signal.SIGCONT)
    worker.wait(20)

    run = acting.fresh(run)
    assert (run.status, run.attempt, run.worker) == (Status.RUNNING, 2, acting.WORKER)
    lifecycle.complete(second, "done", {})
