"""Whether somebody sends what webhooks are to be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Q

from runs.doctor.findings import Finding, counted, fine, sentence, trouble
from runs.models import DeliveryStatus, WebhookDelivery
from runs.models.run import database_now

LATE: Final = timedelta(minutes=5)
"""Senders look every second; what has been due for so long is not being sent."""


def deliveries(sample: int) -> Finding:
    """Nothing that is due to be sent lies about."""
    now = database_now()
    idle = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    late = WebhookDelivery.objects.filter(
        idle,
        status=DeliveryStatus.PENDING,
        next_attempt_at__lt=now - LATE,
        webhook__is_active=True,
        webhook__user__is_active=True,
    )
    stuck = list(late.select_related("webhook").defer("facts").order_by("next_attempt_at")[:sample])
    if not stuck:
        return fine("No webhook waits to be told of something.")
    return trouble(
        f"{sentence(counted(stuck, 'delivery', 'deliveries'))} to webhooks due for more than five minutes.",
        (f"{each.event} to {each.webhook.host}, delivery {each.pk}" for each in stuck),
        remedy="See that a cluster runs and that WEBHOOK_SENDERS is above 0; more of either where receivers are slow",
    )
