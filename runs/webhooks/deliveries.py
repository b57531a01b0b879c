"""Who sends which delivery, when it is tried again, and when no more.

Whoever sends holds the delivery for the time of a lease. One that is killed meanwhile says
nothing, and the next takes the delivery again: at least once, with the same id. A result that
comes after the lease has passed to somebody else changes nothing.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from runs import audit
from runs.errors import WebhookRefused
from runs.models import DeliveryStatus, Webhook, WebhookDelivery
from runs.models.run import database_now
from runs.positions import Position
from runs.webhooks.sending import LONGEST_ERROR, Answer

logger = structlog.stdlib.get_logger(__name__)

LEASE: Final = timedelta(seconds=30)
"""Well beyond what one request may take."""
BACKOFF: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
"""From one attempt to the next, and up to a quarter more at random; after the last the delivery has failed."""
DISABLED_AFTER: Final = timedelta(days=3)
GONE: Final = 410
KEPT_FOR: Final = timedelta(days=30)
SWEPT_AT_ONCE: Final = 1000
PAGE_SIZE: Final = 25

# One at a time for each webhook: a receiver that hangs keeps one sender busy and no more, and events come in their
# order unless one has to be repeated. Two clusters that look at the same moment may break that rule, never the lease.
# Found by the statement's time, which an index can be asked for; the clock's could be another for every row.
CLAIM = """
    UPDATE runs_webhookdelivery SET attempt_count = attempt_count + 1, last_attempt_at = clock_timestamp(),
           leased_until = clock_timestamp() + make_interval(secs => %s)
     WHERE id = (
        SELECT due.id FROM runs_webhookdelivery due
          JOIN runs_webhook webhook ON webhook.id = due.webhook_id AND webhook.is_active
          JOIN runs_user owner ON owner.id = webhook.user_id AND owner.is_active
         WHERE due.status = 'pending' AND due.next_attempt_at <= statement_timestamp()
           -- Asked again of the row once it is locked: another may have taken it since it was found.
           AND (due.leased_until IS NULL OR due.leased_until <= statement_timestamp())
           AND NOT EXISTS (
                SELECT FROM runs_webhookdelivery other
                 WHERE other.webhook_id = due.webhook_id AND other.status = 'pending'
                   AND other.leased_until > statement_timestamp())
         ORDER BY due.next_attempt_at LIMIT 1
           FOR UPDATE OF due SKIP LOCKED)
    RETURNING id
"""


def claim() -> WebhookDelivery | None:
    """Take the delivery that has been due for longest, for the time of a lease."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE.total_seconds()])
        row = cursor.fetchone()
    return WebhookDelivery.objects.select_related("webhook").get(pk=row[0]) if row else None


def settle(delivery: WebhookDelivery, answer: Answer) -> bool:
    """Note what became of the attempt that ``delivery`` is; whether it still counted."""
    held = WebhookDelivery.objects.filter(
        pk=delivery.pk, status=DeliveryStatus.PENDING, attempt_count=delivery.attempt_count
    )
    facts = {
        "leased_until": None,
        "response_status": answer.status,
        "response_excerpt": answer.excerpt,
        "error": answer.error[:LONGEST_ERROR],
        "duration_ms": round(answer.seconds * 1000),
    }
    with transaction.atomic():
        now = database_now()
        if answer.is_success:
            counts = held.update(status=DeliveryStatus.DELIVERED, next_attempt_at=None, delivered_at=now, **facts)
            Webhook.objects.filter(pk=delivery.webhook_id, failing_since__isnull=False).update(failing_since=None)
            return bool(counts)
        pause = _pause(delivery) if Webhook.objects.filter(pk=delivery.webhook_id, is_active=True).exists() else None
        if pause is None:
            counts = held.update(status=DeliveryStatus.FAILED, next_attempt_at=None, **facts)
        else:
            counts = held.update(next_attempt_at=now + pause, **facts)
        if counts:
            _note_failure(delivery, answer, is_last=pause is None)
    logger.info("webhook_delivery_failed", delivery_id=delivery.pk, reason=answer.error)
    return bool(counts)


def _pause(delivery: WebhookDelivery) -> timedelta | None:
    """How long to wait for another attempt; None where there is none."""
    tried = delivery.attempt_count - delivery.earlier_attempt_count
    return BACKOFF[tried - 1] * random.uniform(1, 1.25) if tried <= len(BACKOFF) else None  # nosec B311


def _note_failure(delivery: WebhookDelivery, answer: Answer, *, is_last: bool) -> None:
    hooks = Webhook.objects.filter(pk=delivery.webhook_id, is_active=True)
    hooks.filter(failing_since__isnull=True).update(failing_since=database_now())
    if answer.status == GONE:
        disable(delivery.webhook, "The receiver said that it is gone for good (410).")
    elif is_last and hooks.filter(failing_since__lte=database_now() - DISABLED_AFTER).exists():
        disable(
            delivery.webhook, f"No delivery has succeeded for {DISABLED_AFTER.days} days. The last: {answer.error}"
        )


def disable(hook: Webhook, reason: str) -> None:
    """Switch the webhook off until its owner resumes it, and say why."""
    hook.is_active, hook.disabled_reason = False, reason[:300]
    with transaction.atomic():
        hook.save(update_fields=["is_active", "disabled_reason"])
        give_up(hook, "The webhook was switched off before this could be delivered.")
        audit.record("webhook.disabled", subject=hook, host=hook.host, reason=reason)
    logger.warning("webhook_switched_off", webhook_id=hook.pk, user_id=hook.user_id, reason=reason)


def give_up(hook: Webhook, reason: str) -> None:
    """End what waits to be delivered. What is being sent at this moment may still succeed."""
    idle = Q(leased_until__isnull=True) | Q(leased_until__lte=timezone.now())
    hook.deliveries.filter(idle, status=DeliveryStatus.PENDING).update(
        status=DeliveryStatus.FAILED, next_attempt_at=None, error=reason
    )


def send_again(delivery: WebhookDelivery) -> None:
    """Have the delivery sent now, whatever became of it; with all its attempts anew, under its old id.

    Raises ``WebhookRefused`` while it is being sent and while its webhook is paused.
    """
    refuse_if_inactive(delivery.webhook)
    now = timezone.now()
    idle = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    again = WebhookDelivery.objects.filter(idle, pk=delivery.pk).update(
        status=DeliveryStatus.PENDING, next_attempt_at=now, earlier_attempt_count=F("attempt_count")
    )
    if not again:
        raise WebhookRefused("This is being sent at this moment. Please wait until it has been.")


def page_of(hook: Webhook, cursor: str = "") -> tuple[list[WebhookDelivery], str | None]:
    """What the webhook was told, newest first, without the facts; and the cursor of what came before.

    Raises ``ValueError`` for a cursor that is none.
    """
    told = hook.deliveries.defer("facts")
    if cursor:
        told = Position.parse(cursor).strictly_older(told)
    found = list(told[: PAGE_SIZE + 1])
    shown, rest = found[:PAGE_SIZE], found[PAGE_SIZE:]
    return shown, str(Position(shown[-1].created_at, shown[-1].pk)) if rest else None


def refuse_if_inactive(hook: Webhook) -> None:
    """Raise ``WebhookRefused`` for a webhook to which nothing is sent."""
    if not hook.is_active:
        raise WebhookRefused("Nothing is sent to this webhook now: resume it first.")


def sweep() -> int:
    """Delete deliveries that ended long ago; how many. Several may do so at once."""
    old = WebhookDelivery.objects.exclude(status=DeliveryStatus.PENDING).filter(
        created_at__lt=timezone.now() - KEPT_FOR
    )
    deleted, _ = WebhookDelivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEPT_AT_ONCE])).delete()
    return deleted
