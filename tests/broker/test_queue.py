"""The queue hands every message to one listener, oldest first, and wakes who waits."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from runs import queue
from runs.broker import Broker, messages
from tests.broker.dealing import HOLD, ids, message
from tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_oldest_first(broker: Broker) -> None:
    rows = [broker.enqueue(message()) for _ in range(3)]

    assert [ids(broker.dequeue()) for _ in rows] == [[row] for row in rows]


def test_a_claimed_message_is_not_claimed_again_until_its_time(broker: Broker) -> None:
    row = broker.enqueue(message())
    assert ids(broker.dequeue()) == [row]

    assert not broker._claim()
    OrmQ.objects.update(lock=Now())
    assert ids(broker._claim()) == [row]


def test_a_delayed_message_waits(broker: Broker) -> None:
    Broker(delay=timedelta(hours=1)).enqueue(message())

    assert not broker._claim()


def test_many_listeners_never_share_a_message(broker: Broker) -> None:
    rows = {broker.enqueue(message()) for _ in range(60)}

    def claim_all() -> list[int]:
        claimed = []
        while found := messages.claim(broker.list_key, HOLD):
            claimed.append(found[0])
        return claimed

    claimed = [row for outcome in at_once(*[claim_all] * 6) for row in outcome]

    assert sorted(claimed) == sorted(rows)


def test_an_acknowledged_message_is_gone(broker: Broker) -> None:
    row = broker.enqueue(message())

    broker.acknowledge(row)
    broker.acknowledge(row)

    assert not OrmQ.objects.exists()


def test_rolls_back_with_the_callers_transaction(broker: Broker) -> None:
    with transaction.atomic():
        broker.enqueue(message())
        transaction.set_rollback(True)

    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("what", ["enqueue", "acknowledge"])
def test_who_waits_is_woken_by_the_commit(broker: Broker, what: str) -> None:
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


def test_the_index_serves_the_claim(broker: Broker) -> None:
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
def test_a_message_that_cannot_be_delivered_is_parked_and_said(broker: Broker, payload: str, caplog: Any) -> None:
    poison, good = broker.enqueue(payload), broker.enqueue(message())

    assert ids(broker._claim()) == [good]

    assert {"event": "message_parked", "queue_row": poison}.items() <= caplog.records[-1].msg.items()
    assert queue.parked_count() == 1
    assert queue.existing([poison, good]) == {good}


def test_what_django_q2_itself_cannot_read_is_parked_too(broker: Broker) -> None:
    broker.fail(broker.enqueue(message()))

    assert queue.parked_count() == 1
