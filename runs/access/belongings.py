"""What is somebody's alone: their tokens, schedules and webhooks. Nobody else sees them, operators included."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from runs.errors import NotFound
from runs.models import ApiToken, Schedule, User, Webhook, WebhookDelivery
from runs.models.user import ApiTokenQuerySet


def own_schedule(user: User, schedule_id: UUID) -> Schedule:
    """A schedule of ``user``'s, with what a page shows of it. Raises ``NotFound``."""
    found = Schedule.objects.filter(user=user, pk=schedule_id)
    schedule = found.select_related("user", "document", "last_run", "paused_by").first()
    if schedule is None:
        raise NotFound(f"Schedule ID: {schedule_id} not found")
    return schedule


def own_tokens(user: User) -> ApiTokenQuerySet:
    """The tokens that stand for ``user``, newest first."""
    return ApiToken.objects.filter(user=user)


def own_token(user: User, token_id: UUID) -> ApiToken:
    """One of them. Raises ``NotFound``."""
    token = own_tokens(user).filter(pk=token_id).first()
    if token is None:
        raise NotFound(f"Token ID: {token_id} not found")
    return token


def own_webhooks(user: User) -> QuerySet[Webhook]:
    """Where ``user`` wants to be told of events, oldest first."""
    return Webhook.objects.filter(user=user)


def own_webhook(user: User, webhook_id: UUID) -> Webhook:
    """One of them. Raises ``NotFound``."""
    hook = own_webhooks(user).filter(pk=webhook_id).first()
    if hook is None:
        raise NotFound(f"Webhook ID: {webhook_id} not found")
    return hook


def own_delivery(user: User, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """What one of ``user``'s webhooks was told once. Raises ``NotFound``."""
    deliveries = WebhookDelivery.objects.filter(webhook__user=user, webhook=webhook_id).select_related("webhook")
    delivery = deliveries.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(f"Delivery ID: {delivery_id} not found")
    return delivery
