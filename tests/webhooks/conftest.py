from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # Read before Django is set up.
    from runs.models import User, Webhook
    from tests.webhooks.receiving import Receiver

LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def loopback_allowed(settings: Any) -> None:
    """Webhooks may lead to this machine, as an operator can allow."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network(LOOPBACK)]


@pytest.fixture
def receiver(loopback_allowed: None) -> Iterator[Receiver]:
    from tests.webhooks.receiving import receiving

    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hook(receiver: Receiver, owner: User) -> Callable[..., tuple[Webhook, str]]:
    """Makes a webhook of the owner's that leads to the receiver; with its secret."""
    from runs import webhooks
    from runs.models.webhook import CHOOSABLE

    def make(path: str = "/200", events: Any = CHOOSABLE, user: User = owner) -> tuple[Webhook, str]:
        return webhooks.create(user, receiver.url(path), events, path)

    return make
