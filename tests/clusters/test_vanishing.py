"""A whole machine vanishes: its processes are stopped, all at once, and say nothing any more."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from runs import lifecycle
from runs.models import AgentRun, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import RealCluster, until_ended, worker_pid
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(180)]

SLOT_FREE_WITHIN_SECONDS = 20


@pytest.fixture
def both(start: Callable[..., RealCluster]) -> Iterator[list[RealCluster]]:
    clusters = [start(), start()]
    for cluster in clusters:
        cluster.until_listening()
    yield clusters
    for cluster in clusters:
        os.killpg(cluster.process.pid, signal.SIGCONT)


def begun(user: User, seconds: float) -> AgentRun:
    run = lifecycle.trigger(user, "rehearsal", {"seconds": seconds, "steps": 4})
    wait_until(lambda: EventKind.STEPPED in acting.kinds(run))
    return run


def test_only_its_own_runs_are_tried_again_and_it_writes_nothing_when_it_is_back(
    both: list[RealCluster], owner: User, stranger: User
) -> None:
    lost, other = begun(owner, 8), begun(stranger, 30)
    gone = next(cluster for cluster in both if worker_pid(lost) in {worker.pid for worker in cluster.workers})
    before = acting.fresh(other)

    # The agent's process has a group of its own: a machine takes everything with it.
    for process in gone.everything:
        process.suspend()
    vanished_at = time.monotonic()
    wait_until(lambda: EventKind.RETRIED in acting.kinds(lost), 40)
    seconds = time.monotonic() - vanished_at
    print(f"taken from the vanished machine after {seconds:.1f} s")  # noqa: T201

    assert seconds <= SLOT_FREE_WITHIN_SECONDS
    assert (acting.fresh(other).attempt, acting.fresh(other).worker) == (before.attempt, before.worker)
    lifecycle.force_stop(other, by=stranger)
    assert until_ended(lost).status == Status.COMPLETED
    ended = AgentRun.objects.filter(pk=lost.pk).values().get()

    for process in gone.everything:
        process.resume()
    wait_until(lambda: gone.said("lease_lost"))

    assert AgentRun.objects.filter(pk=lost.pk).values().get() == ended
    history = acting.kinds(lost)
    assert set(history[history.index(EventKind.COMPLETED) + 1 :]) <= {EventKind.LATE_RESULT}
