"""Sent at least once, never by two at a time, again after a while, and not for ever."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from runs import webhooks
from runs.errors import WebhookRefused
from runs.models import User, Webhook, WebhookDelivery
from runs.webhooks import deliveries, hooks
from runs.webhooks.courier import UNREADABLE, Courier, Letter
from runs.webhooks.deliveries import BACKOFF, claim, settle
from runs.webhooks.sending import Answer
from tests import acting
from tests.waiting import wait_until
from tests.webhooks.receiving import Receiver

Hook = Callable[..., tuple[Webhook, str]]
FAILED = Answer("The receiver answered 500.", 500)


def deliver() -> None:
    """Send all that is due, as a cluster's thread would."""
    finish(Courier())


def finish(courier: Courier) -> None:
    due = WebhookDelivery.objects.filter(status="pending", next_attempt_at__lte=Now(), webhook__is_active=True)
    while courier.is_busy or due.exists():
        courier.go_on()


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("webhook").get()


def test_what_is_due_is_found_by_an_index(owner: User, db: None) -> None:
    hook = Webhook.objects.create(user=owner, url="https://e.example/", events=["run.failed"], sealed_secret="-")
    later = timezone.now() + timedelta(hours=1)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(webhook=hook, event="run.failed", next_attempt_at=later) for _ in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE runs_webhookdelivery")
        cursor.execute("EXPLAIN " + deliveries.CLAIM, [30])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "delivery_due" in plan
    assert "Index Cond: (next_attempt_at <= statement_timestamp())" in plan


def taken() -> WebhookDelivery:
    delivery = claim()
    assert delivery is not None
    return delivery


def now_due() -> None:
    WebhookDelivery.objects.filter(status="pending").update(next_attempt_at=Now(), leased_until=None)


@pytest.mark.django_db
class TestSending:
    def test_a_completed_run_reaches_its_receiver_signed(self, hook: Hook, owner: User, receiver: Receiver) -> None:
        made, secret = hook("/200", ["run.completed"])
        run = acting.completed(owner)
        deliver()
        (received,) = receiver.received
        assert received.is_signed_with(secret)
        assert not received.is_signed_with(secret[:-5] + "AAAA=")
        assert json.loads(received.body)["data"]["run"]["id"] == str(run.pk)
        assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 30
        delivery = only()
        assert received.headers["webhook-id"] == str(delivery.pk)
        assert (delivery.status, delivery.attempt_count, delivery.response_status) == ("delivered", 1, 200)
        assert delivery.duration_ms is not None
        assert made.state == "active"

    def test_a_failure_is_tried_again_under_the_same_id(self, hook: Hook, receiver: Receiver) -> None:
        made, secret = hook("/500")
        webhooks.send_test(made)
        deliver()
        delivery = only()
        assert (delivery.status, delivery.response_status) == ("pending", 500)
        assert delivery.next_attempt_at is not None
        assert timedelta(seconds=4) < delivery.next_attempt_at - timezone.now() < timedelta(seconds=7)
        deliver()
        assert len(receiver.received) == 1, "it is not due yet"
        receiver.answers["/500"] = 204
        now_due()
        deliver()
        first, second = receiver.received
        assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
        assert second.is_signed_with(secret)
        assert (only().status, only().attempt_count, only().error) == ("delivered", 2, "")

    def test_of_one_webhook_one_is_sent_at_a_time_and_others_do_not_wait(
        self, hook: Hook, owner: User, receiver: Receiver
    ) -> None:
        hanging, _ = hook("/hang", ["run.completed"])
        quick, _ = hook("/200", ["run.completed"])
        acting.completed(owner)
        acting.completed(owner)
        courier = Courier()

        def are_quick_ones_delivered() -> bool:
            courier.go_on()
            return quick.deliveries.filter(status="delivered").count() == 2

        wait_until(are_quick_ones_delivered)
        assert [each.path for each in receiver.received].count("/hang") == 1
        receiver.released.set()
        finish(courier)
        assert hanging.deliveries.filter(status="delivered").count() == 2

    def test_both_secrets_sign_for_a_day_after_a_rotation(self, hook: Hook, receiver: Receiver) -> None:
        made, former = hook()
        secret = webhooks.rotate(made)
        webhooks.send_test(made)
        deliver()
        assert receiver.received[0].is_signed_with(secret)
        assert receiver.received[0].is_signed_with(former)
        Webhook.objects.update(former_until=timezone.now())
        webhooks.send_test(made)
        deliver()
        assert receiver.received[1].is_signed_with(secret)
        assert not receiver.received[1].is_signed_with(former)

    def test_what_can_not_be_written_keeps_nothing_else_back(
        self, hook: Hook, owner: User, receiver: Receiver
    ) -> None:
        hook("/200", ["run.completed"])
        acting.completed(owner)
        WebhookDelivery.objects.update(facts={})
        acting.completed(owner)
        deliver()
        assert len(receiver.received) == 1
        assert sorted(WebhookDelivery.objects.values_list("status", flat=True)) == ["delivered", "pending"]


@pytest.mark.django_db
class TestSecrets:
    def test_a_secret_is_stored_nowhere_readable(self, hook: Hook) -> None:
        made, secret = hook()
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(w)::text FROM runs_webhook w")
            (row,) = cursor.fetchone()
        assert secret not in row
        assert secret.removeprefix("whsec_") not in row
        assert hooks.secrets_of(made) == [secret]

    def test_a_new_secret_key_opens_what_the_former_has_sealed_and_seals_it_anew(
        self, hook: Hook, settings: Any
    ) -> None:
        made, secret = hook()
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
        assert hooks.secrets_of(made) == [secret]
        settings.SECRET_KEY_FALLBACKS = []
        assert hooks.secrets_of(Webhook.objects.get()) == [secret], "sealed anew when it was used"

    def test_those_that_are_not_used_are_sealed_anew_too(self, hook: Hook, settings: Any) -> None:
        _, secret = hook()
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
        assert hooks.reseal_all() == 1
        assert hooks.reseal_all() == 0
        settings.SECRET_KEY_FALLBACKS = []
        assert hooks.secrets_of(Webhook.objects.get()) == [secret]

    def test_a_lost_key_switches_the_webhook_off_and_says_why(
        self, hook: Hook, receiver: Receiver, settings: Any
    ) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        settings.SECRET_KEY = "another key"
        deliver()
        made.refresh_from_db()
        assert (made.state, made.disabled_reason) == ("disabled", UNREADABLE)
        assert receiver.received == []
        secret = webhooks.rotate(made)
        webhooks.resume(made)
        webhooks.send_test(made)
        deliver()
        assert receiver.received[0].is_signed_with(secret)


@pytest.mark.django_db
class TestGivingUp:
    def test_the_pauses_grow_and_the_last_attempt_is_the_last(self, hook: Hook) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        for pause in BACKOFF:
            settle(taken(), FAILED)
            waits_until = only().next_attempt_at
            assert waits_until is not None
            assert pause * 0.9 < waits_until - timezone.now() <= pause * 1.25
            now_due()
        settle(taken(), FAILED)
        assert (only().status, only().next_attempt_at, only().attempt_count) == ("failed", None, len(BACKOFF) + 1)
        made.refresh_from_db()
        assert made.state == "active", "it has failed for hours, not for days"
        assert made.failing_since is not None

    def test_failing_for_days_switches_it_off(self, hook: Hook) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        waiting = webhooks.send_test(made)
        Webhook.objects.update(failing_since=Now() - timedelta(days=4))
        delivery = taken()
        WebhookDelivery.objects.filter(pk=delivery.pk).update(attempt_count=7)
        delivery.refresh_from_db()
        settle(delivery, FAILED)
        made.refresh_from_db()
        assert made.state == "disabled"
        assert "answered 500" in made.disabled_reason
        waiting.refresh_from_db()
        assert waiting.status == "failed"

    def test_a_success_in_between_counts(self, hook: Hook) -> None:
        made, _ = hook()
        Webhook.objects.update(failing_since=Now() - timedelta(days=4))
        webhooks.send_test(made)
        settle(taken(), Answer("", 200))
        made.refresh_from_db()
        assert made.failing_since is None

    def test_a_receiver_that_is_gone_is_believed(self, hook: Hook) -> None:
        made, _ = hook("/410")
        webhooks.send_test(made)
        deliver()
        made.refresh_from_db()
        assert made.state == "disabled"
        assert "gone" in made.disabled_reason

    def test_a_pause_ends_what_waits_and_what_happens_meanwhile_is_not_told(self, hook: Hook, owner: User) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        webhooks.pause(made)
        assert (only().status, only().error) == ("failed", hooks.PAUSED)
        acting.completed(owner)
        assert WebhookDelivery.objects.count() == 1
        for verb in (lambda: webhooks.send_test(made), lambda: webhooks.send_again(only())):
            with pytest.raises(WebhookRefused, match="resume it first"):
                verb()
        webhooks.resume(made)
        acting.completed(owner)
        assert WebhookDelivery.objects.count() == 4

    def test_what_fails_while_its_webhook_is_paused_is_not_tried_again(self, hook: Hook) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        under_way = taken()
        webhooks.pause(made)
        assert only().status == "pending", "it is being sent and may succeed"
        settle(under_way, FAILED)
        assert (only().status, only().next_attempt_at) == ("failed", None)

    def test_tests_do_not_pile_up(self, hook: Hook) -> None:
        made, _ = hook()
        for _ in range(hooks.MOST_TESTS):
            webhooks.send_test(made)
        with pytest.raises(WebhookRefused, match="waiting to be sent"):
            webhooks.send_test(made)
        settle(taken(), Answer("", 200))
        webhooks.send_test(made)

    def test_nothing_is_sent_for_a_deactivated_user(self, hook: Hook, owner: User) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        User.objects.filter(pk=owner.pk).update(is_active=False)
        assert claim() is None

    def test_old_deliveries_are_swept_and_waiting_ones_are_not(self, hook: Hook) -> None:
        made, _ = hook()
        for _ in range(3):
            webhooks.send_test(made)
        settle(taken(), Answer("", 200))
        WebhookDelivery.objects.update(created_at=Now() - timedelta(days=31))
        settle(taken(), FAILED)
        fresh = webhooks.send_test(made)
        assert deliveries.sweep() == 1
        assert WebhookDelivery.objects.count() == 3
        assert WebhookDelivery.objects.filter(pk=fresh.pk).exists()


@pytest.mark.django_db
class TestSendingAgain:
    def test_has_all_its_attempts_anew(self, hook: Hook, receiver: Receiver) -> None:
        made, _ = hook("/500")
        webhooks.send_test(made)
        for _ in range(len(BACKOFF) + 1):
            settle(taken(), FAILED)
            now_due()
        assert only().status == "failed"
        webhooks.send_again(only())
        deliver()
        assert (only().status, only().attempt_count) == ("pending", len(BACKOFF) + 2)
        assert len(receiver.received) == 1

    def test_what_was_delivered_can_be_sent_again(self, hook: Hook, receiver: Receiver) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        deliver()
        webhooks.send_again(only())
        deliver()
        assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
        assert (len(receiver.received), only().status) == (2, "delivered")

    def test_not_while_it_is_being_sent(self, hook: Hook) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        taken()
        with pytest.raises(WebhookRefused, match="at this moment"):
            webhooks.send_again(only())


@pytest.mark.django_db
class TestLease:
    def test_whoever_is_silent_for_a_lease_loses_the_delivery_and_its_result(self, hook: Hook) -> None:
        made, _ = hook()
        webhooks.send_test(made)
        silent = taken()
        assert claim() is None
        WebhookDelivery.objects.update(leased_until=Now() - timedelta(seconds=1))
        other = taken()
        assert (other.pk, other.attempt_count) == (silent.pk, 2)
        assert not settle(silent, FAILED)
        assert settle(other, Answer("", 200))
        assert (only().status, only().error) == ("delivered", "")


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_take_each_delivery_once(owner: User) -> None:
    made = [
        Webhook.objects.create(user=owner, url="https://e.example/", events=["run.failed"], sealed_secret="-")
        for _ in range(8)
    ]
    for one in made:
        webhooks.send_test(one)
    taken_by_all: list[Any] = []
    barrier = threading.Barrier(6)

    def take_all() -> None:
        barrier.wait()
        try:
            while (delivery := claim()) is not None:
                taken_by_all.append(delivery.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_all) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while (delivery := claim()) is not None:
        taken_by_all.append(delivery.pk)
    assert len(taken_by_all) == len(set(taken_by_all)) == 8
    assert set(WebhookDelivery.objects.values_list("attempt_count", flat=True)) == {1}


def test_a_letter_in_a_traceback_shows_neither_its_secret_nor_what_it_says(hook: Hook, db: None) -> None:
    made, secret = hook()
    letter = Letter(webhooks.send_test(made), b"what is told", [secret])
    assert not [word for word in (secret, "what is told") if word in repr(letter)]
