"""``/api/v1/webhooks``: where a user's programs are told of events.

A webhook tells of runs what reading them tells: changing one takes a token that may do both.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from runs import access
from runs import webhooks as hooks
from runs.api.authentication import caller_of, signed_in
from runs.api.parameters import DeliveryParameters, described, read_parameters
from runs.api.problems import refusals
from runs.models import User, Webhook
from runs.schemas import (
    DeliveryList,
    DeliveryShape,
    DeliveryWhole,
    NewWebhook,
    WebhookChange,
    WebhookList,
    WebhookRequest,
    WebhookShape,
    link,
)

router = Router(tags=["webhooks"])


@router.get("", response=WebhookList, openapi_extra=refusals())
def list_webhooks(request: HttpRequest) -> dict[str, Any]:
    """List your webhooks, oldest first."""
    return {"webhooks": access.own_webhooks(signed_in(request))}


@router.post("", response={201: NewWebhook}, openapi_extra=refusals())
def create_webhook(request: HttpRequest, response: HttpResponse, asked: WebhookRequest) -> Webhook:
    """Have an address told of what happens to your runs. The answer holds its signing secret, this once."""
    hook, secret = hooks.create(_keeper(request), asked.url, asked.events, asked.description)
    response["Location"] = link({"request": request}, "api:get_webhook", hook.pk)
    return _with(hook, secret)


@router.get("/{webhook_id}", response=WebhookShape, openapi_extra=refusals(404))
def get_webhook(request: HttpRequest, webhook_id: UUID) -> Webhook:
    """Show one webhook."""
    return access.own_webhook(signed_in(request), webhook_id)


@router.patch("/{webhook_id}", response=WebhookShape, openapi_extra=refusals(404))
def change_webhook(request: HttpRequest, webhook_id: UUID, asked: WebhookChange) -> Webhook:
    """Change a webhook, pause it or resume it. What happens while it is paused is not told."""
    hook = access.own_webhook(_keeper(request), webhook_id)
    with transaction.atomic():
        hooks.change(hook, url=asked.url, events=asked.events, description=asked.description)
        if asked.is_active is not None and asked.is_active != hook.is_active:
            (hooks.resume if asked.is_active else hooks.pause)(hook)
    return hook


@router.delete("/{webhook_id}", response={204: None}, openapi_extra=refusals(404))
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> None:
    """Forget a webhook and all that it was told."""
    hooks.delete(access.own_webhook(_keeper(request), webhook_id))


@router.post("/{webhook_id}/secret", response=NewWebhook, openapi_extra=refusals(404))
def rotate_webhook_secret(request: HttpRequest, webhook_id: UUID) -> Webhook:
    """Give a webhook a new signing secret. For a day the former one signs beside it."""
    hook = access.own_webhook(_keeper(request), webhook_id)
    return _with(hook, hooks.rotate(hook))


@router.post("/{webhook_id}/test", response={202: DeliveryShape}, openapi_extra=refusals(404))
def test_webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    """Send a webhook an event that tells of nothing, to try it."""
    return hooks.send_test(access.own_webhook(_keeper(request), webhook_id))


@router.get(
    "/{webhook_id}/deliveries",
    response=DeliveryList,
    openapi_extra={**refusals(404), "parameters": described(DeliveryParameters)},
)
def list_deliveries(request: HttpRequest, webhook_id: UUID) -> dict[str, Any]:
    """List what a webhook was told in the last 30 days, newest first."""
    hook = access.own_webhook(signed_in(request), webhook_id)
    deliveries, cursor = hooks.page_of(hook, read_parameters(request, DeliveryParameters).cursor)
    return {"deliveries": deliveries, "next_cursor": cursor}


@router.get("/{webhook_id}/deliveries/{delivery_id}", response=DeliveryWhole, openapi_extra=refusals(404))
def get_delivery(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> Any:
    """Show one delivery with its payload."""
    delivery = access.own_delivery(signed_in(request), webhook_id, delivery_id)
    delivery.payload = json.loads(hooks.body_of(delivery))  # type: ignore[attr-defined]  # As the shape has it.
    return delivery


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver", response={202: DeliveryShape}, openapi_extra=refusals(404)
)
def redeliver(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> Any:
    """Send a delivery again, whatever became of it, under its old id."""
    hooks.send_again(access.own_delivery(_keeper(request), webhook_id, delivery_id))
    return access.own_delivery(signed_in(request), webhook_id, delivery_id)


def _keeper(request: HttpRequest) -> User:
    """Whoever may have others told of runs: those who may read them. Raises ``NotAllowed``."""
    return access.who_may_read_too(caller_of(request))


def _with(hook: Webhook, secret: str) -> Webhook:
    hook.secret = secret  # type: ignore[attr-defined]  # As the shape has it.
    return hook
