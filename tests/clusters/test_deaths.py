"""A cluster's processes are killed, one after the other and all at once: work goes on, and nothing is left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import psutil
import pytest

from runs import lifecycle
from runs.models import AgentRun, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import RealCluster, Supervisor, until_ended, until_gone, worker_pid
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def begun(owner: User, act: str = "stall") -> AgentRun:
    """A run that a worker has begun and will not end."""
    run = lifecycle.trigger(owner, "rehearsal", {"act": act, "seconds": 0})
    wait_until(lambda: EventKind.STEPPED in acting.kinds(run))
    return acting.fresh(run)


def test_a_busy_worker_killed_is_replaced_and_its_run_tried_again(
    start: Callable[..., RealCluster], owner: User
) -> None:
    cluster = start().until_listening()
    run = begun(owner)
    family = psutil.Process(worker_pid(run)).children(recursive=True)

    os.kill(worker_pid(run), signal.SIGKILL)

    until_gone(family)
    wait_until(lambda: acting.kinds(run).count(EventKind.STARTED) == 2)
    assert cluster.process.poll() is None, "one worker's death is no reason to end the cluster"


def test_a_dead_workers_place_is_free_again(start: Callable[..., RealCluster], owner: User, stranger: User) -> None:
    start().until_listening()
    run = begun(owner)
    os.kill(worker_pid(run), signal.SIGKILL)
    wait_until(lambda: EventKind.RETRIED in acting.kinds(run))
    lifecycle.cancel(run, by=owner)

    other = lifecycle.trigger(stranger, "rehearsal", {"seconds": 0})

    assert until_ended(other).status == Status.COMPLETED


@pytest.mark.parametrize(("worker_count", "victim"), [(1, 0), (2, 0), (2, 1)])
def test_an_idle_worker_killed_does_not_stop_the_work(
    supervise: Callable[..., Supervisor], owner: User, stranger: User, worker_count: int, victim: int
) -> None:
    """The one that waits for the next message dies with the queue's lock: all the others then wait for ever."""
    supervisor = supervise(WORKERS=str(worker_count), WEDGED_AFTER_SECONDS="2")
    supervisor.cluster.until_listening()

    supervisor.cluster.workers[victim].kill()

    for user in (owner, stranger):
        run = lifecycle.trigger(user, "rehearsal", {"seconds": 0})
        assert until_ended(run).status == Status.COMPLETED
        assert acting.fresh(run).attempt == 1
    if worker_count == 1:
        assert len(supervisor.ended_clusters) == 1
        assert "the cluster is wedged" in supervisor.ended_clusters[0].output


@pytest.mark.parametrize("victim", ["sentinel", "main"])
def test_nothing_outlives_the_sentinel_or_main(supervise: Callable[..., Supervisor], owner: User, victim: str) -> None:
    supervisor = supervise()
    cluster = supervisor.cluster.until_listening()
    run = begun(owner)
    family = cluster.everything
    assert len(family) >= 7, "main, sentinel, worker, monitor, pusher, forkserver, agent"

    getattr(cluster, victim).kill()

    until_gone(family)
    wait_until(lambda: acting.kinds(run).count(EventKind.STARTED) == 2)


def test_an_idle_cluster_whose_sentinel_is_killed_leaves_nothing(start: Callable[..., RealCluster]) -> None:
    cluster = start().until_listening()
    family = cluster.everything

    cluster.sentinel.kill()

    until_gone(family)
    cluster.ended()


def test_the_whole_group_killed_at_once(supervise: Callable[..., Supervisor], owner: User) -> None:
    supervisor = supervise()
    cluster = supervisor.cluster.until_listening()
    run = begun(owner)
    family = cluster.everything

    os.killpg(cluster.process.pid, signal.SIGKILL)

    until_gone(family)
    wait_until(lambda: acting.kinds(run).count(EventKind.STARTED) == 2)


def test_a_pusher_killed_is_replaced_and_remembers_who_is_busy(
    start: Callable[..., RealCluster], owner: User, stranger: User
) -> None:
    cluster = start(WORKERS="1").until_listening()
    begun(owner)
    pusher = cluster.pusher
    pusher.kill()
    wait_until(lambda: cluster.pusher.pid != pusher.pid)

    waiting = lifecycle.trigger(stranger, "rehearsal", {"seconds": 0})
    other = start().until_listening()

    # Had the first cluster claimed it for its busy worker, it would wait there for as long as the first run lasts.
    assert until_ended(waiting).status == Status.COMPLETED
    assert worker_pid(waiting) == other.workers[0].pid
