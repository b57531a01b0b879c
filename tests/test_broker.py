"""The queue hands every message to one listener, oldest first, wakes who waits, and survives what there is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.core.checks import run_checks
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from runs import queue
from runs.broker import Broker, cluster, messages
from runs.broker import broker as broker_module
from runs.broker.cluster import RunningCluster
from runs.broker.deliveries import Deliveries
from runs.broker.outage import Outage
from runs.broker.stop import Stop
from runs.broker.wedge import LONGEST_STEP_SECONDS, WedgeWatch
from runs.models import Cluster
from tests.test_races import at_once
from tests.waiting import wait_until

HOLD = timedelta(minutes=1)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> RunningCluster:
    """A cluster of three workers that this process belongs to."""
    monkeypatch.setattr(Conf, "WORKERS", 3)
    made = RunningCluster(main_pid=os.getppid())
    monkeypatch.setattr(cluster, "_here", made)
    return made


@pytest.fixture
def broker(here: RunningCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    monkeypatch.setattr(broker_module, "CHORES", ())
    made = Broker()
    yield made
    made._listener.close()


def ids(claimed: list[tuple[int, str]] | None) -> list[int]:
    return [row for row, _ in claimed or []]


def message(word: str = "message") -> str:
    """Something that django-q2 can deliver."""
    return SignedPackage.dumps({"id": "1", "name": word, "func": "print", "args": (word,), "kwargs": {}})


@pytest.mark.django_db(transaction=True)
class TestQueue:
    def test_oldest_first(self, broker: Broker) -> None:
        rows = [broker.enqueue(message()) for _ in range(3)]

        assert [ids(broker.dequeue()) for _ in rows] == [[row] for row in rows]

    def test_a_claimed_message_is_not_claimed_again_until_its_time(self, broker: Broker) -> None:
        row = broker.enqueue(message())
        assert ids(broker.dequeue()) == [row]

        assert not broker._claim()
        OrmQ.objects.update(lock=Now())
        assert ids(broker._claim()) == [row]

    def test_a_delayed_message_waits(self, broker: Broker) -> None:
        Broker(delay=timedelta(hours=1)).enqueue(message())

        assert not broker._claim()

    def test_many_listeners_never_share_a_message(self, broker: Broker) -> None:
        rows = {broker.enqueue(message()) for _ in range(60)}

        def claim_all() -> list[int]:
            claimed = []
            while found := messages.claim(broker.list_key, HOLD):
                claimed.append(found[0])
            return claimed

        claimed = [row for outcome in at_once(*[claim_all] * 6) for row in outcome]

        assert sorted(claimed) == sorted(rows)

    def test_an_acknowledged_message_is_gone(self, broker: Broker) -> None:
        row = broker.enqueue(message())

        broker.acknowledge(row)
        broker.acknowledge(row)

        assert not OrmQ.objects.exists()

    def test_rolls_back_with_the_callers_transaction(self, broker: Broker) -> None:
        with transaction.atomic():
            broker.enqueue(message())
            transaction.set_rollback(True)

        assert not OrmQ.objects.exists()

    @pytest.mark.parametrize("what", ["enqueue", "acknowledge"])
    def test_who_waits_is_woken_by_the_commit(self, broker: Broker, what: str) -> None:
        """By a new message, and by a worker that has become free."""
        broker._listener.listen()

        def tell() -> None:
            Broker().enqueue(message()) if what == "enqueue" else Broker().acknowledge(1)
            connection.close()

        thread = threading.Thread(target=tell)
        started = time.monotonic()
        thread.start()
        broker._listener.wait(10)
        thread.join()

        assert time.monotonic() - started < 5, "it waited for its time, not for the news"

    def test_the_index_serves_the_claim(self, broker: Broker) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {messages.CLAIM}", [broker.list_key, 1])
            plan = "\n".join(line for (line,) in cursor.fetchall())
            cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")

        assert "agentsite_queue_due" in plan
        assert "Sort" not in plan

    @pytest.mark.parametrize(
        "payload", ["garbage", SignedPackage.dumps(["no", "task"]), SignedPackage.dumps({"func": "print"})]
    )
    def test_a_message_that_cannot_be_delivered_is_parked_and_said(
        self, broker: Broker, payload: str, caplog: Any
    ) -> None:
        poison, good = broker.enqueue(payload), broker.enqueue(message())

        assert ids(broker._claim()) == [good]

        assert f"message {poison} cannot be delivered and was parked" in caplog.text
        assert queue.parked_count() == 1
        assert queue.existing([poison, good]) == {good}

    def test_what_django_q2_itself_cannot_read_is_parked_too(self, broker: Broker) -> None:
        broker.fail(broker.enqueue(message()))

        assert queue.parked_count() == 1


@pytest.mark.django_db(transaction=True)
class TestGate:
    def test_no_more_is_claimed_than_workers_are_free(self, broker: Broker, here: RunningCluster) -> None:
        rows = [broker.enqueue(message()) for _ in range(5)]
        assert [ids(broker._claim()) for _ in range(4)] == [[rows[0]], [rows[1]], [rows[2]], []]

        cluster._note_taken(task={"ack_id": rows[0]})
        assert not broker._claim(), "it is only beginning"
        cluster._note_finished(task={"ack_id": rows[0]})

        assert ids(broker._claim()) == [rows[3]]

    def test_what_a_dead_worker_had_rings_again_at_once(self, broker: Broker, here: RunningCluster) -> None:
        row = broker.enqueue(message())
        assert ids(broker._claim()) == [row]
        here.deliveries.take(row, dead_process())

        assert ids(broker._claim()) == [row]
        assert len(here.deliveries.rows) == 1

    def test_what_a_living_worker_has_is_kept_from_others(self, broker: Broker, here: RunningCluster) -> None:
        row = broker.enqueue(message())
        broker._claim()
        here.deliveries.take(row, os.getpid())
        OrmQ.objects.update(lock=Now())
        broker._held_at = 0.0

        assert not broker._claim()
        assert messages.claim(broker.list_key, HOLD) is None

    def test_a_message_that_comes_twice_takes_two_places_and_leaves_both(
        self, broker: Broker, here: RunningCluster
    ) -> None:
        row = broker.enqueue(message())
        broker._claim()
        cluster._note_taken(task={"ack_id": row})
        OrmQ.objects.update(lock=Now())
        broker._claim()
        assert here.deliveries.untaken == [row]

        here.deliveries.take(row, os.getppid())
        here.deliveries.finish(row, os.getppid())
        cluster._note_finished(task={"ack_id": row})

        assert not here.deliveries.rows


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


class TestDeliveries:
    def test_a_place_is_free_offered_taken_and_free_again(self) -> None:
        deliveries = Deliveries(1)
        assert deliveries.has_room

        deliveries.offer(7)
        assert (deliveries.has_room, deliveries.untaken, deliveries.busy_workers) == (False, [7], [])
        deliveries.take(7, 4711)
        assert (deliveries.has_room, deliveries.untaken, deliveries.busy_workers) == (False, [], [4711])
        deliveries.finish(7, 4711)
        assert (deliveries.has_room, deliveries.rows, deliveries.busy_workers) == (True, [], [])

    def test_what_nobody_offered_is_ignored(self) -> None:
        deliveries = Deliveries(1)

        deliveries.take(7, 4711)
        deliveries.finish(7, 4711)

        assert deliveries.has_room

    def test_processes_share_it(self) -> None:
        deliveries = Deliveries(2)
        deliveries.offer(7)

        child = os.fork()
        if not child:
            deliveries.take(7, os.getpid())
            os._exit(0)
        os.waitpid(child, 0)

        assert deliveries.busy_workers == [child]
        assert deliveries.abandoned() == [7]
        deliveries.give_up([7])
        assert not deliveries.rows


class TestWedge:
    def test_a_message_nobody_takes_for_long_is_a_wedge(self) -> None:
        watch = WedgeWatch(3)

        assert [watch.is_wedged([7], now) for now in (0.0, 1.0, 2.0, 2.9)] == [False] * 4
        assert watch.is_wedged([7], 3.0)

    def test_messages_taken_in_time_never_add_up(self) -> None:
        watch = WedgeWatch(3)

        assert not any(watch.is_wedged([number], float(number)) for number in range(20))

    def test_a_machine_that_slept_is_not_wedged(self) -> None:
        watch = WedgeWatch(3)
        watch.is_wedged([7], 0.0)

        assert not watch.is_wedged([7], 3600.0)
        assert watch.is_wedged([7], 3600.0 + LONGEST_STEP_SECONDS)

    @pytest.mark.django_db(transaction=True)
    def test_a_wedged_cluster_gives_back_what_it_has_and_is_killed(
        self, broker: Broker, here: RunningCluster, caplog: Any
    ) -> None:
        victim = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        here.main_pid = victim.pid
        row = broker.enqueue(message())
        broker._claim()
        broker._wedge = WedgeWatch(0)

        broker._end_a_wedged_cluster()

        assert victim.wait(10) == -signal.SIGKILL
        assert victim.stdin
        victim.stdin.close()
        assert messages.claim(broker.list_key, HOLD) == (row, OrmQ.objects.get().payload)
        assert "the cluster is wedged" in caplog.text


class TestOutage:
    def test_is_said_once_however_often_it_is_met(self, caplog: Any) -> None:
        outage = Outage()

        for _ in range(3):
            outage.note(psycopg2.OperationalError("connection refused\nis it running?"))
        for _ in range(3):
            outage.over()

        said = [record.getMessage() for record in caplog.records]
        assert said[0] == "the database is away, the queue waits for it: connection refused"
        assert [line.startswith("the database is back after") for line in said] == [False, True]
        assert not outage.is_on

    @pytest.mark.django_db(transaction=True)
    def test_the_pusher_goes_on_after_it(self, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broker_module, "PAUSE_SECONDS", 0.01)
        row = broker.enqueue(message())
        broker._listener.listen()
        broker._claim()
        cut_all_connections()

        assert broker.dequeue() is None
        OrmQ.objects.update(lock=Now())
        assert ids(broker.dequeue()) == [row]

    @pytest.mark.django_db(transaction=True)
    def test_the_monitor_acknowledges_after_it(self, broker: Broker) -> None:
        row = broker.enqueue(message())
        cut_all_connections()

        broker.acknowledge(row)

        assert not OrmQ.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_chores_wait_until_workers_have_renewed_their_leases(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        monkeypatch.setattr(broker_module, "CHORES", ("tests.test_broker.explode",))
        broker._outage.note(OperationalError("away"))

        broker.enqueue(message())
        broker.dequeue()
        broker.enqueue(message())
        broker.dequeue()

        assert "the database is back" in caplog.text
        assert "explode failed" not in caplog.text


def cut_all_connections() -> None:
    """What a restart of the server does to everybody who is connected."""
    other = psycopg2.connect(
        **{key: value for key, value in connection.get_connection_params().items() if key not in ("cursor_factory",)}
    )
    with other, other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    other.close()


class TestStop:
    def test_busy_workers_are_told_and_others_left_alone(self, here: RunningCluster, settings: Any) -> None:
        with hearing_sigterm() as told:
            here.deliveries.offer(7)
            here.deliveries.offer(8)
            here.deliveries.take(7, os.getpid())

            Stop(here).go_on()

            wait_until(lambda: told)

    def test_a_cluster_that_does_not_stop_is_killed(
        self, here: RunningCluster, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.DRAIN_SECONDS = settings.STOP_GRACE_SECONDS = 0
        monkeypatch.setattr("runs.broker.stop.MARGIN_SECONDS", -1)
        victim = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        here.main_pid = victim.pid

        Stop(here).go_on()

        assert victim.wait(10) == -signal.SIGKILL
        assert victim.stdin
        victim.stdin.close()


@contextlib.contextmanager
def hearing_sigterm() -> Iterator[list[int]]:
    """Has this process note SIGTERM instead of ending."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        yield heard
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.django_db(transaction=True)
class TestChores:
    def test_a_failing_chore_does_not_stop_the_queue(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        monkeypatch.setattr(broker_module, "CHORES", ("tests.test_broker.explode",))
        row = broker.enqueue(message())

        assert ids(broker.dequeue()) == [row]
        assert "explode failed" in caplog.text

    def test_a_cluster_shows_that_it_lives_and_what_it_does(self, here: RunningCluster) -> None:
        assert not queue.is_anyone_listening()

        queue.report_cluster()
        here.deliveries.offer(7)
        here.deliveries.take(7, os.getpid())
        queue.report_cluster()

        shown = Cluster.objects.get()
        assert (shown.pid, shown.worker_count, shown.busy_count) == (here.main_pid, 3, 1)
        assert queue.is_anyone_listening()
        Cluster.objects.update(last_seen_at=Now() - timedelta(minutes=1))
        assert not queue.is_anyone_listening()

    def test_a_cluster_that_leaves_does_not_listen(self, here: RunningCluster) -> None:
        queue.report_cluster()

        queue.report_leaving()

        assert not queue.is_anyone_listening()
        assert Cluster.objects.get().is_draining


def explode() -> None:
    raise RuntimeError("boom")


class TestChecks:
    @pytest.mark.parametrize(
        ("name", "value", "id"),
        [
            ("queue_limit", 2, "runs.E001"),
            ("daemonize_workers", True, "runs.E002"),
            ("max_attempts", 3, "runs.E003"),
            ("save_limit", 250, "runs.E004"),
            ("timeout", 1.5, "runs.E005"),
            ("orm", "other", "runs.E006"),
            ("guard_cycle", 5, "runs.E007"),
            ("retry", 3, "runs.E008"),
            ("bulk", 10, "runs.E009"),
        ],
    )
    def test_numbers_that_contradict_each_other_are_named(
        self, settings: Any, name: str, value: object, id: str
    ) -> None:
        settings.Q_CLUSTER = {**settings.Q_CLUSTER, name: value}

        assert id in [found.id for found in run_checks()]

    def test_the_stock_broker_is_warned_of(self, settings: Any) -> None:
        settings.BROKER = "stock"

        assert "runs.W007" in [found.id for found in run_checks()]

    def test_what_is_set_is_right(self) -> None:
        assert not [found for found in run_checks() if (found.id or "").startswith("runs.")]
