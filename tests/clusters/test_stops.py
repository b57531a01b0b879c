"""A cluster is asked to stop in the middle of a run: no hang, no run cut off, none carried out twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from runs import lifecycle, queue
from runs.models import AgentRun, Cluster, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import RealCluster, until_ended, until_gone
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

THRICE = pytest.mark.parametrize("time_", [1, 2, 3])
WHOM = pytest.mark.parametrize("to_the_group", [False, True], ids=["main", "group"])


def begun(owner: User, seconds: float) -> AgentRun:
    run = lifecycle.trigger(owner, "rehearsal", {"seconds": seconds})
    wait_until(lambda: EventKind.STEPPED in acting.kinds(run))
    return run


@THRICE
@WHOM
def test_a_run_that_is_nearly_done_is_finished(
    start: Callable[..., RealCluster], owner: User, to_the_group: bool, time_: int
) -> None:
    cluster = start(DRAIN_SECONDS="20").until_listening()
    run = begun(owner, seconds=1.5)
    family = cluster.everything

    cluster.terminate(to_the_group)

    assert cluster.ended(20) == 0
    until_gone(family)
    assert acting.fresh(run).status == Status.COMPLETED
    assert acting.kinds(run).count(EventKind.STARTED) == 1


@THRICE
@WHOM
def test_a_long_run_is_handed_back_and_taken_up_elsewhere(
    start: Callable[..., RealCluster], owner: User, to_the_group: bool, time_: int
) -> None:
    cluster = start(DRAIN_SECONDS="0.5", STOP_GRACE_SECONDS="1").until_listening()
    run = begun(owner, seconds=2.5)
    family = cluster.everything

    cluster.terminate(to_the_group)

    assert cluster.ended(20) == 0
    until_gone(family)
    assert acting.fresh(run).status == Status.PENDING
    assert acting.kinds(run)[-1] == EventKind.HANDED_BACK
    start()
    assert until_ended(run).status == Status.COMPLETED
    assert acting.kinds(run).count(EventKind.STARTED) == 2


def test_a_stopping_cluster_takes_nothing_more(start: Callable[..., RealCluster], owner: User, stranger: User) -> None:
    cluster = start(WORKERS="2").until_listening()
    run = begun(owner, seconds=3)
    cluster.terminate()
    wait_until(lambda: Cluster.objects.filter(is_draining=True).exists())
    assert not queue.is_anyone_listening()

    late = lifecycle.trigger(stranger, "rehearsal", {"seconds": 0})

    assert cluster.ended(20) == 0
    assert acting.fresh(run).status == Status.COMPLETED
    assert acting.fresh(late).status == Status.PENDING


@WHOM
def test_an_idle_cluster_stops_promptly(start: Callable[..., RealCluster], to_the_group: bool) -> None:
    cluster = start(WORKERS="2").until_listening()
    asked_at = time.monotonic()

    cluster.terminate(to_the_group)

    assert cluster.ended(10) == 0
    assert time.monotonic() - asked_at < 4


def test_a_cluster_whose_idle_worker_was_killed_stops_promptly(start: Callable[..., RealCluster]) -> None:
    """Its workers would never hear that they should leave: they wait for a lock that the dead one holds."""
    cluster = start(WORKERS="2").until_listening()
    cluster.workers[0].kill()
    asked_at = time.monotonic()

    cluster.terminate()

    assert cluster.ended(20) == 0
    assert time.monotonic() - asked_at < 8


def test_a_cluster_that_hangs_stops_too(start: Callable[..., RealCluster]) -> None:
    cluster = start(DRAIN_SECONDS="0", STOP_GRACE_SECONDS="0").until_listening()
    family = cluster.everything
    cluster.pusher.suspend()

    cluster.terminate()

    assert cluster.ended(20) == -signal.SIGKILL
    until_gone(family)


def test_sigterm_to_every_single_process_hands_the_run_back(start: Callable[..., RealCluster], owner: User) -> None:
    """As systemd does by default. The agent, asked to stop, fails; but that is not its run's failure."""
    cluster = start().until_listening()
    run = begun(owner, seconds=2.5)

    for process in cluster.everything:
        process.terminate()

    assert cluster.ended(20) == 0
    assert acting.fresh(run).status == Status.PENDING
    assert acting.kinds(run)[-1] == EventKind.HANDED_BACK


def test_sigterm_to_a_worker_alone_hands_its_run_back(start: Callable[..., RealCluster], owner: User) -> None:
    cluster = start(DRAIN_SECONDS="0").until_listening()
    run = begun(owner, seconds=2)

    os.kill(cluster.workers[0].pid, signal.SIGTERM)

    wait_until(lambda: EventKind.HANDED_BACK in acting.kinds(run))
    assert until_ended(run).status == Status.COMPLETED
    assert cluster.process.poll() is None
