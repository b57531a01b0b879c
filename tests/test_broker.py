"""The queue hands every message to one listener, oldest first, and wakes who waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django_q.models import OrmQ

from runs import broker as broker_module
from runs import queue
from runs.broker import Broker
from runs.models import Cluster
from tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    if made._listener:
        made._listener.close()


@pytest.fixture(autouse=True)
def _no_chores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "CHORES", ())


def ids(messages: list[tuple[int, str]] | None) -> list[int]:
    return [row for row, _ in messages or []]


def test_oldest_first(broker: Broker) -> None:
    rows = [broker.enqueue(f"message {number}") for number in range(3)]

    assert [ids(broker.dequeue()) for _ in rows] == [[row] for row in rows]


def test_a_claimed_message_is_not_claimed_again_until_its_time(broker: Broker) -> None:
    row = broker.enqueue("message")
    assert ids(broker.dequeue()) == [row]

    assert not broker._claim()
    OrmQ.objects.update(lock=Now())
    assert ids(broker.dequeue()) == [row]


def test_a_delayed_message_waits(broker: Broker) -> None:
    Broker(delay=timedelta(hours=1)).enqueue("later")

    assert not broker._claim()


def test_many_listeners_never_share_a_message(broker: Broker) -> None:
    rows = {broker.enqueue(str(number)) for number in range(60)}

    def claim_all() -> list[int]:
        mine, claimed = Broker(), []
        while messages := mine._claim():
            claimed += ids(messages)
        return claimed

    claimed = [row for outcome in at_once(*[claim_all] * 6) for row in outcome]

    assert sorted(claimed) == sorted(rows)


def test_an_acknowledged_message_is_gone(broker: Broker) -> None:
    row = broker.enqueue("message")

    broker.acknowledge(row)

    assert not OrmQ.objects.exists()


def test_rolls_back_with_the_callers_transaction(broker: Broker) -> None:
    with transaction.atomic():
        broker.enqueue("message")
        transaction.set_rollback(True)

    assert not OrmQ.objects.exists()


def test_who_waits_is_woken_by_the_commit(broker: Broker) -> None:
    broker._listen()

    def enqueue_while_it_waits() -> None:
        Broker().enqueue("message")
        connection.close()

    thread = threading.Thread(target=enqueue_while_it_waits)
    started = time.monotonic()
    thread.start()
    while not (messages := broker.dequeue()):
        assert time.monotonic() < started + 10
    thread.join()

    assert ids(messages)
    assert time.monotonic() - started < broker_module.LONGEST_WAIT_SECONDS, "it waited for its time, not for the news"


def test_a_failing_chore_does_not_stop_the_queue(broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(broker_module, "CHORES", ("tests.test_broker.explode",))
    row = broker.enqueue("message")

    assert ids(broker.dequeue()) == [row]
    assert "explode failed" in caplog.text


def explode() -> None:
    raise RuntimeError("boom")


def test_a_cluster_shows_that_it_lives() -> None:
    assert not queue.is_anyone_listening()

    queue.report_cluster()
    queue.report_cluster()

    assert Cluster.objects.count() == 1
    assert queue.is_anyone_listening()
    Cluster.objects.update(last_seen_at=Now() - timedelta(minutes=1))
    assert not queue.is_anyone_listening()
