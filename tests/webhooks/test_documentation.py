"""``docs/webhooks.md`` shows what receivers really get, and how they really check it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as site_settings

from runs import webhooks
from runs.models import User, Webhook, WebhookDelivery, WebhookEvent
from runs.webhooks import deliveries, sending
from runs.webhooks.courier import Courier
from tests import acting
from tests.webhooks.receiving import Receiver

TEXT = (site_settings.BASE_DIR / "docs" / "webhooks.md").read_text()
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


@pytest.fixture
def is_genuine() -> Callable[..., bool]:
    """The receiver's check, as the documentation has it."""
    names: dict[str, Any] = {}
    exec(BLOCKS["python"], names)
    return names["is_genuine"]  # type: ignore[no-any-return]


@pytest.mark.django_db
def test_the_check_accepts_what_is_sent_and_nothing_else(
    hook: Callable[..., tuple[Webhook, str]], receiver: Receiver, is_genuine: Callable[..., bool]
) -> None:
    made, former = hook()
    secret = webhooks.rotate(made)
    webhooks.send_test(made)
    courier = Courier()
    courier.go_on()
    while courier.is_busy:
        courier.go_on()
    (received,) = receiver.received
    headers, body = received.headers, received.body
    assert is_genuine(headers, body, secret)
    assert is_genuine(headers, body, former)
    assert not is_genuine(headers, body + b" ", secret)
    assert not is_genuine(headers, body, "whsec_AAAA")
    assert not is_genuine({**headers, "webhook-id": "another"}, body, secret)
    old = str(int(time.time()) - 3600)
    assert not is_genuine({**headers, "webhook-timestamp": old}, body, secret)
    assert not is_genuine({**headers, "webhook-timestamp": "soon"}, body, secret)


@pytest.mark.django_db
def test_the_message_shown_has_the_real_ones_shape(hook: Callable[..., tuple[Webhook, str]], owner: User) -> None:
    hook()
    acting.completed(owner)
    real = json.loads(webhooks.body_of(WebhookDelivery.objects.get(event="run.completed")))
    shown = json.loads(BLOCKS["json"])
    assert list(shown) == list(real)
    assert list(shown["data"]) == list(real["data"])
    assert {name: type(value) for name, value in shown["data"]["run"].items()} == {
        name: type(real["data"]["run"][name]) for name in shown["data"]["run"]
    }


def test_events_and_numbers_are_those_of_the_code() -> None:
    assert set(re.findall(r"^\| `((?:run|webhook)\.\w+)`", TEXT, re.MULTILINE)) == set(WebhookEvent)
    words = "5 seconds, 30 seconds, 2 minutes, 10 minutes, an hour and 6 hours"
    assert words in TEXT
    assert [pause.total_seconds() for pause in deliveries.BACKOFF] == [5, 30, 120, 600, 3600, 21600]
    assert (sending.TOTAL_SECONDS, sending.LONGEST_EXCERPT, webhooks.MOST_WEBHOOKS) == (10, 500, 10)
    assert (deliveries.DISABLED_AFTER.days, deliveries.KEPT_FOR.days) == (3, 30)
