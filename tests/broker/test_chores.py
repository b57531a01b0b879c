"""What a cluster does on the side: rescuing, and saying that it lives."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from runs import queue
from runs.broker import Broker
from runs.broker import broker as broker_module
from runs.broker.cluster import RunningCluster
from runs.models import Cluster
from tests.broker.dealing import ids, message

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_failing_chore_does_not_stop_the_queue(broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(broker_module, "CHORES", ("tests.broker.dealing.explode",))

    assert not broker.dequeue()
    assert "chore_failed" in caplog.text
    row = broker.enqueue(message())
    assert ids(broker.dequeue()) == [row]


def test_a_message_does_not_wait_for_a_chore(broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(broker_module, "CHORES", ("tests.broker.dealing.explode",))
    row = broker.enqueue(message())

    assert ids(broker.dequeue()) == [row]

    assert "chore_failed" not in caplog.text, "its delivery comes first"


def test_a_cluster_shows_that_it_lives_and_what_it_does(here: RunningCluster) -> None:
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


def test_a_cluster_that_leaves_does_not_listen(here: RunningCluster) -> None:
    queue.report_cluster()

    queue.report_leaving()

    assert not queue.is_anyone_listening()
    assert Cluster.objects.get().is_draining
