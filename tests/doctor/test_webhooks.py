"""The doctor sees deliveries that nobody sends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from runs import webhooks
from runs.models import User, Webhook, WebhookDelivery
from tests.doctor.looking import finding, is_fine, text

LONG_AGO = Now() - timedelta(minutes=6)


@pytest.fixture
def delivery(owner: User) -> WebhookDelivery:
    hook = Webhook.objects.create(
        user=owner, url="https://e.example/x?key=1", events=["run.failed"], sealed_secret="-"
    )
    return webhooks.send_test(hook)


def test_what_has_just_become_due_is_about_to_be_sent(delivery: WebhookDelivery) -> None:
    assert is_fine("webhooks")


def test_what_has_been_due_for_long_is_found_without_telling_its_address(delivery: WebhookDelivery) -> None:
    WebhookDelivery.objects.update(next_attempt_at=LONG_AGO)
    found = finding("webhooks")
    assert found.is_trouble
    assert "1 delivery to webhooks" in text(found)
    assert "e.example" in text(found)
    assert "key=1" not in text(found)


def test_what_is_being_sent_or_may_not_be_is_no_trouble(delivery: WebhookDelivery, owner: User) -> None:
    WebhookDelivery.objects.update(next_attempt_at=LONG_AGO, leased_until=Now() + timedelta(seconds=9))
    assert is_fine("webhooks")
    WebhookDelivery.objects.update(leased_until=None)
    Webhook.objects.update(is_active=False)
    assert is_fine("webhooks")
    Webhook.objects.update(is_active=True)
    User.objects.update(is_active=False)
    assert is_fine("webhooks")
