"""No more is taken than workers are free; what a worker has is kept from others while it lives."""

from __future__ import annotations

import os

import pytest
from django.db.models.functions import Now
from django_q.models import OrmQ

from runs.broker import Broker, cluster, messages
from runs.broker.cluster import RunningCluster
from runs.broker.deliveries import Deliveries
from tests.broker.dealing import HOLD, dead_process, ids, message


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
