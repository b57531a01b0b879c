"""The database goes away and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection

from agentsite.postgres import EmbeddedPostgres
from runs import lifecycle
from runs.models import AgentRun, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import RealCluster, until_ended
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


QUEUE = "runs.broker.outage"


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    if settings.EMBEDDED_POSTGRES is None:
        pytest.skip("DATABASE_URL names a server that is not ours to stop")
    server = EmbeddedPostgres(settings.EMBEDDED_POSTGRES.folder, durable=False)
    yield server
    connection.close()
    server.start()


def stop(server: EmbeddedPostgres) -> None:
    connection.close()
    server.stop()


def begun(owner: User, seconds: float) -> AgentRun:
    run = lifecycle.trigger(owner, "rehearsal", {"seconds": seconds})
    wait_until(lambda: EventKind.STEPPED in acting.kinds(run))
    return run


def seconds_until_begun(run: AgentRun) -> float:
    wait_until(lambda: EventKind.STARTED in acting.kinds(run))
    return float((run.events.get(kind=EventKind.STARTED).at - run.created_at).total_seconds())


@pytest.mark.parametrize("seconds", [6, pytest.param(30, marks=pytest.mark.long)])
def test_a_run_that_ends_while_the_database_is_away_is_neither_lost_nor_repeated(
    start: Callable[..., RealCluster], owner: User, stranger: User, postgres: EmbeddedPostgres, seconds: int
) -> None:
    # The lease runs out during the outage, which is no fault of the worker's.
    cluster = start(LEASE_SECONDS="3", HEARTBEAT_SECONDS="1").until_listening()
    run = begun(owner, seconds=2)
    family = {process.pid for process in cluster.everything}

    stop(postgres)
    wait_until(lambda: cluster.said("database_away", QUEUE))
    # Nothing tells when the agent has ended while nobody can write it down: only time passes.
    time.sleep(seconds)
    postgres.start()
    back_at = time.monotonic()

    next_run = lifecycle.trigger(stranger, "rehearsal", {"seconds": 0})
    assert until_ended(run).status == Status.COMPLETED
    assert until_ended(next_run).status == Status.COMPLETED
    assert time.monotonic() - back_at < 5
    assert acting.kinds(run).count(EventKind.STARTED) == 1
    assert "reincarnated" not in cluster.output
    assert len(family & {process.pid for process in cluster.everything}) >= 5
    assert len(cluster.said("database_away", QUEUE)) <= 2, "once each for the pusher and the monitor"


def test_what_waits_is_taken_up_within_a_second_after_the_database_is_back(
    start: Callable[..., RealCluster], owner: User, postgres: EmbeddedPostgres
) -> None:
    cluster = start().until_listening()
    stop(postgres)
    wait_until(lambda: cluster.said("database_away", QUEUE))
    postgres.start()

    run = lifecycle.trigger(owner, "rehearsal", {"seconds": 0})

    assert seconds_until_begun(run) < 1


def test_a_restart_of_the_database_costs_no_run_its_attempt(
    start: Callable[..., RealCluster], owner: User, postgres: EmbeddedPostgres
) -> None:
    start().until_listening()
    run = begun(owner, seconds=3)

    stop(postgres)
    postgres.start()

    assert until_ended(run).status == Status.COMPLETED
    assert acting.kinds(run).count(EventKind.STARTED) == 1


def test_a_cluster_started_before_its_database_waits_for_it(
    start: Callable[..., RealCluster], owner: User, postgres: EmbeddedPostgres
) -> None:
    run = lifecycle.trigger(owner, "rehearsal", {"seconds": 0})
    stop(postgres)
    cluster = start()
    wait_until(lambda: cluster.said("database_away", QUEUE))

    postgres.start()

    assert until_ended(run).status == Status.COMPLETED
    assert cluster.process.poll() is None


def test_a_cluster_stops_while_the_database_is_away(
    start: Callable[..., RealCluster], postgres: EmbeddedPostgres
) -> None:
    cluster = start().until_listening()
    stop(postgres)
    wait_until(lambda: cluster.said("database_away", QUEUE))

    cluster.terminate()

    assert cluster.ended(10) == 0
