"""Webhooks and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.models import DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent
from runs.schemas.base import Moment, Request, link

URL = "Begins with https:// and leads to public addresses only."
EVENTS = "What to tell: run.triggered, run.started, run.retried, run.completed, run.failed, run.cancelled."


class WebhookRequest(Request):
    """A webhook to be made."""

    url: str = Field(max_length=1000, description=URL)
    events: list[WebhookEvent] = Field(max_length=10, description=EVENTS)
    description: str = Field("", max_length=100, description="What it is for, to tell it by.")


class WebhookChange(Request):
    """What shall be different; the rest stays as it is."""

    url: str | None = Field(None, max_length=1000, description=URL)
    events: list[WebhookEvent] | None = Field(None, max_length=10, description=EVENTS)
    description: str | None = Field(None, max_length=100)
    is_active: bool | None = Field(None, description="False pauses it, true resumes it.")


class WebhookShape(Schema):
    """An address that is told of events."""

    id: UUID
    url: str
    description: str
    events: list[str]
    state: str = Field(description="active, paused by you, or disabled by the site.")
    disabled_reason: str = Field(description="Why the site has switched it off.")
    failing_since: Moment | None = Field(description="Since when no delivery has succeeded.")
    created_at: Moment
    deliveries_url: str

    @staticmethod
    def resolve_deliveries_url(hook: Webhook, context: Mapping[str, Any]) -> str:
        return link(context, "api:list_deliveries", hook.pk)


class NewWebhook(WebhookShape):
    """A webhook with a signing secret that has just been made."""

    secret: str = Field(description="Shown this once. Signs as https://www.standardwebhooks.com says.")


class WebhookList(Schema):
    webhooks: list[WebhookShape]


class DeliveryShape(Schema):
    """An event that was to be told to a webhook, and how that went."""

    id: UUID = Field(description="The receiver is given it as webhook-id, the same at every attempt.")
    url: str
    event: WebhookEvent
    run_id: UUID | None = Field(description="The run it is about; null for a test.")
    status: DeliveryStatus
    attempt_count: int
    created_at: Moment = Field(description="When the event was.")
    last_attempt_at: Moment | None
    next_attempt_at: Moment | None = Field(description="When it is tried next; null once it is delivered or given up.")
    delivered_at: Moment | None
    response_status: int | None
    response_excerpt: str = Field(description="The beginning of what the receiver answered last.")
    error: str = Field(description="Why the last attempt failed, in a sentence.")
    duration_ms: int | None = Field(description="Of the last attempt, in milliseconds.")

    @staticmethod
    def resolve_url(delivery: WebhookDelivery, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_delivery", delivery.webhook_id, delivery.pk)


class DeliveryWhole(DeliveryShape):
    """The same with what is told."""

    payload: dict[str, Any] = Field(description="type, timestamp, and data with the run as it was then.")


class DeliveryList(Schema):
    deliveries: list[DeliveryShape]
    next_cursor: str | None = Field(description="Leads to older deliveries; null on the last page.")
