"""The thread of a cluster that sends, beside everything else that cluster does.

It alone asks the database; requests are made by threads of their own, at most
``WEBHOOK_SENDERS`` at a time, which know nothing but what they send. A receiver that hangs
delays no run, no rescue and no other receiver.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from runs.models import WebhookDelivery
from runs.webhooks import deliveries, hooks, signing
from runs.webhooks.payloads import body_of
from runs.webhooks.sealing import SecretUnreadable
from runs.webhooks.sending import Answer, post

logger = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 3600.0
FAREWELL_SECONDS: Final = 3.0
UNREADABLE: Final = "Its secret can no longer be read: SECRET_KEY was changed. Give it a new secret and resume it."


@dataclass(frozen=True, slots=True)
class Letter:
    """What one request needs."""

    delivery: WebhookDelivery
    body: bytes = field(repr=False)
    secrets: list[str] = field(repr=False)

    def post(self) -> Answer:
        """Sign it with the time of now, and send it."""
        signed = signing.signed_headers(str(self.delivery.pk), int(time.time()), self.body, self.secrets)
        headers = {"Content-Type": "application/json", "User-Agent": f"AgentSite/{settings.VERSION}", **signed}
        return post(self.delivery.webhook.url, self.body, headers)


class Courier:
    """Sends what is due until it is told to stop."""

    def __init__(self) -> None:
        self._answers: queue.SimpleQueue[tuple[WebhookDelivery, Answer] | None] = queue.SimpleQueue()
        self._is_stopping = threading.Event()
        self._under_way = 0
        self._swept_at = 0.0
        self._thread = threading.Thread(target=self._work, daemon=True, name="webhooks")

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""
        return self._under_way > 0

    def stop(self, patience: float) -> None:
        """Begin nothing more, and wait a moment for what is under way. The rest is sent again by others."""
        self._is_stopping.set()
        self._answers.put(None)
        self._thread.join(patience)

    def _work(self) -> None:
        try:
            while self.is_busy or not self._is_stopping.is_set():
                try:
                    self.go_on()
                except (OperationalError, InterfaceError) as error:
                    logger.warning("database_away", reason=str(error).strip())
                    connection.close()
                    self._is_stopping.wait(LOOK_SECONDS)
                except Exception:
                    # What has gone wrong once may not go wrong again; the others wait for it.
                    logger.exception("webhooks_stumbled")
                    self._is_stopping.wait(LOOK_SECONDS)
        finally:
            connection.close()

    def go_on(self) -> None:
        """Begin what is due, as far as there is room, and settle what has come back within a moment."""
        if not self._is_stopping.is_set():
            self._begin_what_is_due()
            self._sweep_now_and_then()
        with contextlib.suppress(queue.Empty):
            answered = self._answers.get(timeout=LOOK_SECONDS)
            if answered is not None:
                self._under_way -= 1
                deliveries.settle(*answered)

    def _begin_what_is_due(self) -> None:
        while self._under_way < settings.WEBHOOK_SENDERS and (delivery := deliveries.claim()):
            letter = _letter(delivery)
            if letter is not None:
                self._under_way += 1
                threading.Thread(target=self._send, args=(letter,), daemon=True, name="webhook").start()

    def _send(self, letter: Letter) -> None:
        try:
            answer = letter.post()
        except Exception:
            logger.exception("webhook_not_sent", delivery_id=letter.delivery.pk)
            answer = Answer("The site failed to send it; its log says why.")
        self._answers.put((letter.delivery, answer))

    def _sweep_now_and_then(self) -> None:
        now = time.monotonic()
        if not self._swept_at or now - self._swept_at > SWEEP_SECONDS:
            self._swept_at = now
            deliveries.sweep()
            hooks.reseal_all()


def _letter(delivery: WebhookDelivery) -> Letter | None:
    """What is sent of ``delivery``; None where it can not be, which is noted."""
    try:
        return Letter(delivery, body_of(delivery).encode(), hooks.secrets_of(delivery.webhook))
    except SecretUnreadable:
        deliveries.settle(delivery, Answer(UNREADABLE))
        deliveries.disable(delivery.webhook, UNREADABLE)
    except Exception:
        # One that can not be written must not keep the others from being sent.
        logger.exception("webhook_not_written", delivery_id=delivery.pk)
        deliveries.settle(delivery, Answer("The site failed to write it; its log says why."))
    return None


_courier: Courier | None = None


def keep_sending() -> None:
    """See to it that this process sends. Called by a cluster's pusher about once a second."""
    global _courier
    if _courier is None or not _courier.is_alive:
        _courier = Courier()
        _courier.start()


def stop_sending() -> None:
    """Let what is under way end, for a moment. Called by a cluster's pusher before it leaves."""
    if _courier is not None:
        _courier.stop(FAREWELL_SECONDS)
