"""A cluster's processes are killed, one after the other and all at once: work goes on, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest
from django_q.models import OrmQ

from runs import lifecycle
from runs.models import AgentRun, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import RealCluster, Supervisor, until_ended, until_gone, worker_pid
from tests.waiting import is_alive, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


SLACK = 3
"""A busy machine takes its time; on an idle one it is a third."""


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
    evidence = run.events.get(kind=EventKind.RETRIED).data
    assert (evidence["process_ended"], evidence["exit_code"]) == (True, -signal.SIGKILL)


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
    start: Callable[..., RealCluster], owner: User, stranger: User, worker_count: int, victim: int
) -> None:
    """The one that waits for the next message dies with the queue's lock: all the others would wait for ever."""
    cluster = start(WORKERS=str(worker_count)).until_listening()
    killed_at = time.monotonic()

    cluster.workers[victim].kill()

    for user in (owner, stranger):
        run = lifecycle.trigger(user, "rehearsal", {"seconds": 0})
        assert until_ended(run).status == Status.COMPLETED
        assert acting.fresh(run).attempt == 1
    assert time.monotonic() - killed_at < 3 * SLACK
    assert cluster.process.poll() is None, "one worker's death is no reason to end the cluster"


def test_an_idle_worker_killed_is_noticed_without_a_message(start: Callable[..., RealCluster], owner: User) -> None:
    cluster = start(WORKERS="1").until_listening()
    until_ended(lifecycle.trigger(owner, "rehearsal", {"seconds": 0}))
    # Acknowledged after the worker has gone back to its place at the queue.
    wait_until(lambda: not OrmQ.objects.exists())

    cluster.workers[0].kill()

    wait_until(lambda: cluster.said("waiting_worker_killed"), 3 * SLACK)


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


@pytest.mark.parametrize("victim", ["worker", "sentinel", "main", "group"])
def test_what_an_agent_started_in_a_session_of_its_own_does_not_outlive_a_kill(
    supervise: Callable[..., Supervisor], owner: User, victim: str
) -> None:
    """Neither the kernel nor the worker that should have ended it does: both went with the worker."""
    cluster = supervise().cluster.until_listening()
    run = begun(owner, act="orphan")
    worker = worker_pid(run)
    grandchild = wait_until(lambda: sessions_of_their_own(worker))[0]

    match victim:
        case "worker":
            os.kill(worker, signal.SIGKILL)
        case "group":
            os.killpg(cluster.process.pid, signal.SIGKILL)
        case _:
            getattr(cluster, victim).kill()

    wait_until(lambda: acting.kinds(run).count(EventKind.STARTED) == 2)
    assert not is_alive(grandchild), "it would go on beside the next attempt"


def sessions_of_their_own(worker: int) -> list[psutil.Process]:
    """What an agent of the worker has started apart from itself."""
    family = psutil.Process(worker).children(recursive=True)
    return [process for process in family if is_alive(process) and os.getsid(process.pid) == process.pid]


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
