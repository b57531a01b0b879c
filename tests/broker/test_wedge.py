"""Workers that wait behind a dead one are let in; a cluster in which nobody takes a message any more ends."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import os
import signal
from collections.abc import Iterator
from multiprocessing.queues import Queue
from typing import Any

import pytest
from django_q.models import OrmQ

from runs.broker import Broker, cluster, messages
from runs.broker.cluster import RunningCluster
from runs.broker.reader import Reader
from runs.broker.wedge import LONGEST_STEP_SECONDS, WedgeWatch
from tests.broker.dealing import HOLD, message, victim
from tests.waiting import wait_until

FORK = multiprocessing.get_context("fork")


class TestWatch:
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


class Workers:
    """Processes that wait at one queue for a message, and pass on what they have got."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.queue: Queue[str] = FORK.Queue()
        self.answers: Queue[tuple[int | None, str]] = FORK.Queue()
        self.started: list[multiprocessing.context.ForkProcess] = []

    def add(self) -> multiprocessing.context.ForkProcess:
        self.started.append(FORK.Process(target=self._work))
        self.started[-1].start()
        return self.started[-1]

    def _work(self) -> None:
        self.reader.note_at(self.queue)
        while True:
            self.answers.put((os.getpid(), self.queue.get()))

    def until_one_waits(self) -> multiprocessing.context.ForkProcess:
        wait_until(lambda: self.reader._pid.value)
        return next(one for one in self.started if one.pid == self.reader._pid.value)


@pytest.fixture
def workers(here: RunningCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    made = Workers(here.reader)
    monkeypatch.setattr(cluster, "workers_queue", lambda: made.queue)
    yield made
    for worker in made.started:
        worker.kill()
        worker.join()


class TestReader:
    def test_a_worker_that_waits_is_no_dead_one(self, workers: Workers) -> None:
        workers.add()
        workers.until_one_waits()

        assert not workers.reader.has_died

    def test_the_others_wait_for_ever_behind_a_dead_one_until_they_are_let_in(self, workers: Workers) -> None:
        workers.add(), workers.add()
        dead = workers.until_one_waits()
        dead.kill()
        wait_until(lambda: workers.reader.has_died)
        assert not workers.queue._rlock.acquire(timeout=0.2), "the lock is lost"  # type: ignore[attr-defined]

        workers.reader.release_for_the_dead(workers.queue)
        workers.queue.put("message")

        pid, got = workers.answers.get(timeout=10)
        assert (pid != dead.pid, got) == (True, "message")

    @pytest.mark.django_db(transaction=True)
    def test_the_pusher_lets_them_in_without_waiting_for_a_message(
        self, broker: Broker, workers: Workers, caplog: Any
    ) -> None:
        first = workers.add()
        workers.until_one_waits()
        workers.add()
        first.kill()
        wait_until(lambda: workers.reader.has_died)

        broker._mend_or_end_a_wedged_cluster()

        assert "waiting_worker_killed" in caplog.text
        assert workers.until_one_waits() is not first

    @pytest.mark.django_db(transaction=True)
    def test_a_worker_killed_with_a_message_on_its_way_ends_the_cluster_at_once(
        self, broker: Broker, here: RunningCluster, workers: Workers, caplog: Any
    ) -> None:
        """What is left of the message in the pipe, nobody can tell: the next worker would misread it."""
        workers.add()
        dead = workers.until_one_waits()
        row = broker.enqueue(message())
        broker._claim()
        dead.kill()
        wait_until(lambda: here.reader.has_died)

        with victim() as main:
            here.main_pid = main.pid
            broker._mend_or_end_a_wedged_cluster()

            assert main.wait(10) == -signal.SIGKILL
        assert messages.claim(broker.list_key, HOLD) == (row, OrmQ.objects.get().payload)
        assert "a worker was killed while a message was on its way to it" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_wedged_cluster_gives_back_what_it_has_and_is_killed(
    broker: Broker, here: RunningCluster, caplog: Any
) -> None:
    row = broker.enqueue(message())
    broker._claim()
    broker._wedge = WedgeWatch(0)

    with victim() as main:
        here.main_pid = main.pid
        broker._mend_or_end_a_wedged_cluster()

        assert main.wait(10) == -signal.SIGKILL
    assert messages.claim(broker.list_key, HOLD) == (row, OrmQ.objects.get().payload)
    assert "cluster_wedged" in caplog.text
