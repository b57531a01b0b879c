"""Where a user's own programs are told of events: making webhooks, and looking after what they were told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from runs import access
from runs import webhooks as hooks
from runs.errors import NotFound, WebhookRefused
from runs.models import Webhook, WebhookEvent
from runs.models.webhook import CHOOSABLE
from runs.views.requests import PageRequest

USUAL_EVENTS: Final = (WebhookEvent.COMPLETED, WebhookEvent.FAILED, WebhookEvent.CANCELLED)


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What was asked of a webhook, and what is wrong with it."""

    url: str = ""
    description: str = ""
    events: list[str] = field(default_factory=lambda: [str(event) for event in USUAL_EVENTS])
    complaint: str = ""

    @classmethod
    def sent(cls, post: QueryDict, complaint: str = "") -> WebhookForm:
        """The form as somebody has filled it in."""
        return cls(post.get("url", "").strip(), post.get("description", "").strip(), post.getlist("events"), complaint)

    @classmethod
    def of(cls, hook: Webhook) -> WebhookForm:
        """The form as it stands for a webhook."""
        return cls(hook.url, hook.description, hook.events)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhooks(request: PageRequest) -> HttpResponse:
    """My webhooks, and the form for one more. Its secret is on the answer, this once."""
    if request.method != "POST":
        return _webhooks(request, WebhookForm())
    sent = WebhookForm.sent(request.POST)
    try:
        hook, secret = hooks.create(request.user, sent.url, sent.events, sent.description)
    except WebhookRefused as refusal:
        return _webhooks(request, WebhookForm.sent(request.POST, refusal.sentence), status=refusal.status)
    return _webhook(request, hook, secret=secret)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: PageRequest, webhook_id: UUID) -> HttpResponse:
    """One of them, what it was told, and the form to change it."""
    hook = access.own_webhook(request.user, webhook_id)
    if request.method != "POST":
        return _webhook(request, hook)
    sent = WebhookForm.sent(request.POST)
    try:
        hooks.change(hook, url=sent.url, events=sent.events, description=sent.description)
    except WebhookRefused as refusal:
        unchanged = access.own_webhook(request.user, webhook_id)
        return _webhook(request, unchanged, WebhookForm.sent(request.POST, refusal.sentence), status=refusal.status)
    messages.success(request, "The webhook is changed.")
    return redirect("webhook", hook.pk)


@require_POST
def webhook_pause(request: PageRequest, webhook_id: UUID) -> HttpResponse:
    """Have it told of nothing for now."""
    hooks.pause(access.own_webhook(request.user, webhook_id))
    messages.success(request, "The webhook is paused: it is told of nothing until you resume it.")
    return redirect("webhook", webhook_id)


@require_POST
def webhook_resume(request: PageRequest, webhook_id: UUID) -> HttpResponse:
    """Have it told of what happens from now on."""
    hooks.resume(access.own_webhook(request.user, webhook_id))
    messages.success(request, "The webhook is told of events again.")
    return redirect("webhook", webhook_id)


@require_POST
def webhook_test(request: PageRequest, webhook_id: UUID) -> HttpResponse:
    """Try it."""
    try:
        hooks.send_test(access.own_webhook(request.user, webhook_id))
    except WebhookRefused as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, "A test event is on its way: see below how it is answered.")
    return redirect("webhook", webhook_id)


@require_POST
@never_cache
def webhook_rotate(request: PageRequest, webhook_id: UUID) -> HttpResponse:
    """Give it a new secret, which is on the answer, this once: no redirect could carry it."""
    hook = access.own_webhook(request.user, webhook_id)
    return _webhook(request, hook, secret=hooks.rotate(hook))


@require_POST
def webhook_delete(request: PageRequest, webhook_id: UUID) -> HttpResponse:
    """Forget it."""
    hook = access.own_webhook(request.user, webhook_id)
    hooks.delete(hook)
    messages.success(request, f"The webhook “{hook}” is deleted.")
    return redirect("webhooks")


@require_safe
def webhook_delivery(request: PageRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """What it was told once, and how that went."""
    delivery = access.own_delivery(request.user, webhook_id, delivery_id)
    body = json.dumps(json.loads(hooks.body_of(delivery)), indent=2, ensure_ascii=False)
    return render(request, "webhook_delivery.html", {"hook": delivery.webhook, "delivery": delivery, "body": body})


@require_POST
def webhook_send_again(request: PageRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Tell it once more."""
    try:
        hooks.send_again(access.own_delivery(request.user, webhook_id, delivery_id))
    except WebhookRefused as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, "It is on its way again, under the same id.")
    return redirect("webhook_delivery", webhook_id, delivery_id)


def _webhooks(request: PageRequest, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    mine = list(access.own_webhooks(request.user))
    context = {
        "hooks": mine,
        "most_hooks": hooks.MOST_WEBHOOKS,
        "is_full": len(mine) >= hooks.MOST_WEBHOOKS,
        "form": form,
        "events": _choices(),
    }
    return render(request, "webhooks.html", context, status=status)


def _webhook(
    request: PageRequest, hook: Webhook, form: WebhookForm | None = None, *, secret: str = "", status: int = 200
) -> HttpResponse:
    try:
        deliveries, older = hooks.page_of(hook, request.GET.get("cursor", ""))
    except ValueError as fault:
        raise NotFound(str(fault)) from None
    context: dict[str, Any] = {
        "hook": hook,
        "deliveries": deliveries,
        "older": older,
        "is_first_page": "cursor" not in request.GET,
        "is_under_way": any(delivery.is_under_way for delivery in deliveries),
        "form": form or WebhookForm.of(hook),
        "events": _choices(),
        "secret": secret,
    }
    return render(request, "webhook.html", context, status=status)


def _choices() -> list[tuple[str, str]]:
    return [(event.value, str(event.label)) for event in CHOOSABLE]
