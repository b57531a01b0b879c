"""Where users want to be told of their runs' events, and what they are told."""

from __future__ import annotations

import uuid
from typing import ClassVar, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from runs.models.event import EventKind
from runs.models.run import AgentRun


class WebhookEvent(models.TextChoices):
    """What a webhook can be told of. A closed list: receivers branch on it."""

    TRIGGERED = "run.triggered", "A run is triggered"
    STARTED = "run.started", "An attempt starts"
    RETRIED = "run.retried", "An attempt failed; another will be made"
    COMPLETED = "run.completed", "A run is completed"
    FAILED = "run.failed", "A run has failed"
    CANCELLED = "run.cancelled", "A run is cancelled or stopped"
    TEST = "webhook.test", "A test"


CHOOSABLE: Final = tuple(event for event in WebhookEvent if event != WebhookEvent.TEST)
EVENT_OF_KIND: Final = {
    EventKind.TRIGGERED: WebhookEvent.TRIGGERED,
    EventKind.STARTED: WebhookEvent.STARTED,
    EventKind.RETRIED: WebhookEvent.RETRIED,
    EventKind.COMPLETED: WebhookEvent.COMPLETED,
    EventKind.FAILED: WebhookEvent.FAILED,
    EventKind.CANCELLED: WebhookEvent.CANCELLED,
    EventKind.FORCE_STOPPED: WebhookEvent.CANCELLED,
}
"""What of a run's history receivers are told, and under which name."""


class Webhook(models.Model):
    """A user's endpoint. Made and changed by ``runs.webhooks`` only.

    ``sealed_secret`` is the signing secret, encrypted under ``SECRET_KEY``. After a rotation the
    former one signs beside it until ``former_until``, so that a receiver can change over.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The index webhook_of_user serves the foreign key too.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks", db_index=False
    )
    url = models.CharField("URL", max_length=1000)
    description = models.CharField(max_length=100, blank=True)
    events = ArrayField(models.CharField(max_length=32, choices=WebhookEvent.choices))
    sealed_secret = models.TextField(editable=False)
    former_secret = models.TextField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(
        max_length=300, blank=True, help_text="Why the site has switched it off; empty where its owner has paused it."
    )
    failing_since = models.DateTimeField(null=True, help_text="Since when no delivery has succeeded.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            # A user's webhooks; and with every event of a run whether any of them wants to be told.
            models.Index(fields=["user", "created_at"], name="webhook_of_user"),
        ]

    def __str__(self) -> str:
        return self.description or self.host

    @property
    def host(self) -> str:
        """Where it leads, without what may be secret in its address."""
        return urlsplit(self.url).netloc

    @property
    def state(self) -> str:
        """``active``, ``paused`` by its owner, or ``disabled`` by the site."""
        if self.is_active:
            return "active"
        return "disabled" if self.disabled_reason else "paused"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookDelivery(models.Model):
    """One event to be told to one webhook, until its receiver has said that it knows.

    Written in the transaction of the event. ``facts`` is what the event was about, as it was then:
    under ``run`` the run's row without its payloads, under ``document`` its document's.
    Whoever sends it holds it until ``leased_until``, and settles it only as the attempt it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The index delivery_of_webhook serves the foreign key too.
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    run = models.ForeignKey(AgentRun, null=True, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=32, choices=WebhookEvent.choices)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), help_text="When the event was.")

    status = models.CharField(
        max_length=16, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING, db_default="pending"
    )
    attempt_count = models.PositiveIntegerField(default=0, db_default=0, help_text="How often it was sent, or tried.")
    earlier_attempt_count = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Attempts before this round: sending again begins one."
    )
    next_attempt_at = models.DateTimeField(null=True, db_default=Now(), help_text="When it is to be tried next.")
    leased_until = models.DateTimeField(null=True, help_text="A sender has it until then.")
    last_attempt_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_excerpt = models.CharField(max_length=500, blank=True, db_default="")
    error = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Why the last attempt failed, in a sentence."
    )
    duration_ms = models.PositiveIntegerField(null=True, help_text="Of the last attempt, in milliseconds.")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="pending") ^ Q(next_attempt_at__isnull=True), name="delivery_pending_has_time"
            ),
        ]
        indexes: ClassVar = [
            # The page and the API's list of one webhook; deleting a webhook.
            models.Index(fields=["webhook", "-created_at", "-id"], name="delivery_of_webhook"),
            # What is due, oldest first; asked every second. Holds what is pending only, so it stays tiny.
            models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="delivery_due"),
            # Whether a webhook is being told something now, and which of its deliveries to give up with it.
            models.Index(fields=["webhook"], condition=Q(status="pending"), name="delivery_pending"),
            # The operators' list; and from its other end what is old and to be swept.
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"

    @property
    def is_under_way(self) -> bool:
        """Whether it is being sent, or about to be: it has not been tried in this round."""
        return self.status == DeliveryStatus.PENDING and (
            self.leased_until is not None or self.attempt_count == self.earlier_attempt_count
        )
