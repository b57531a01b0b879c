"""Real clusters that send: what a killed one was sending is sent by another, and nobody waits for a receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from runs import lifecycle, webhooks
from runs.models import User, Webhook, WebhookDelivery
from tests import acting
from tests.clusters.clusters import RealCluster, real_clusters, until_ended
from tests.waiting import wait_until
from tests.webhooks.conftest import LOOPBACK
from tests.webhooks.receiving import Receiver

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Hook = Callable[..., tuple[Webhook, str]]


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[[], RealCluster]]:
    """Starts a cluster that may call this machine."""
    with real_clusters() as start:
        yield lambda: start(WEBHOOK_ALLOWED_NETWORKS=LOOPBACK).until_listening()


def test_a_receiver_that_hangs_delays_no_run_and_no_other_receiver(
    start: Callable[[], RealCluster], hook: Hook, owner: User, receiver: Receiver
) -> None:
    hanging, _ = hook("/hang")
    quick, secret = hook("/200", ["run.completed"])
    webhooks.send_test(hanging)
    start()
    wait_until(lambda: receiver.received)
    run = until_ended(lifecycle.trigger(owner, "rehearsal", {"seconds": 0}), 10)
    assert run.status == "completed"
    wait_until(lambda: quick.deliveries.filter(status="delivered").exists(), 8)
    assert [each.is_signed_with(secret) for each in receiver.received if each.path == "/200"] == [True]
    assert hanging.deliveries.filter(status="delivered").count() == 0


def test_what_a_killed_cluster_was_sending_is_sent_by_another(
    start: Callable[[], RealCluster], hook: Hook, owner: User, receiver: Receiver
) -> None:
    hook("/hang", ["run.completed"])
    acting.completed(owner)
    cluster = start()
    wait_until(lambda: receiver.received)
    cluster.kill()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    assert delivery.leased_until is not None
    receiver.released.set()
    # Rather than to wait for its half minute.
    WebhookDelivery.objects.update(leased_until=Now() - timedelta(seconds=1))
    start()
    wait_until(lambda: WebhookDelivery.objects.filter(status="delivered").exists())
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(delivery.pk)
    assert first.body == second.body
    assert WebhookDelivery.objects.get().attempt_count == 2


def test_a_cluster_that_is_stopped_lets_what_is_under_way_end(
    start: Callable[[], RealCluster], hook: Hook, receiver: Receiver
) -> None:
    made, _ = hook("/hang")
    webhooks.send_test(made)
    cluster = start()
    wait_until(lambda: receiver.received)
    cluster.terminate()
    receiver.released.set()
    assert cluster.ended() == 0
    assert WebhookDelivery.objects.get().status == "delivered"
