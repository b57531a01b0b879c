"""Webhooks, to look at: where they lead and how they fare, never their secrets nor what they told."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from runs.admin.base import OperatorAdmin
from runs.models import Webhook, WebhookDelivery


@admin.register(Webhook)
class WebhookAdmin(OperatorAdmin[Webhook]):
    """Everybody's webhooks. Of an address its host alone is shown: the rest may be as good as a password."""

    list_display = ("__str__", "host", "user", "state", "failing_since", "created_at")
    list_select_related = ("user",)
    list_filter = ("is_active", "created_at")
    search_fields = ("user__username", "description")
    fields = ("id", "user", "description", "host", "events", "state", "disabled_reason", "failing_since", "created_at")

    @admin.display(description="leads to")
    def host(self, hook: Webhook) -> str:
        return hook.host

    @admin.display(description="state")
    def state(self, hook: Webhook) -> str:
        return hook.state


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(OperatorAdmin[WebhookDelivery]):
    """What webhooks were told of, and how that went."""

    list_display = ("event", "webhook", "user", "status", "attempt_count", "response_status", "created_at")
    list_select_related = ("webhook__user",)
    list_filter = ("status", "event", "created_at")
    search_fields = ("webhook__user__username",)
    fields = (
        "id", "webhook", "user", "event", "status", "attempt_count", "response_status", "error", "duration_ms",
        "created_at", "last_attempt_at", "next_attempt_at", "leased_until", "delivered_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Without what was told and answered."""
        return super().get_queryset(request).defer("facts", "response_excerpt")

    @admin.display(description="user")
    def user(self, delivery: WebhookDelivery) -> str:
        return str(delivery.webhook.user)
