"""Making, changing, pausing and deleting a webhook: page and API both come here."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from runs import audit
from runs.errors import WebhookRefused
from runs.models import DeliveryStatus, User, Webhook, WebhookDelivery, WebhookEvent
from runs.models.webhook import CHOOSABLE
from runs.storable import storable_text
from runs.webhooks import deliveries
from runs.webhooks.destinations import Destination, Resolver
from runs.webhooks.sealing import SecretUnreadable, mark, seal, unseal
from runs.webhooks.signing import new_secret

logger = structlog.stdlib.get_logger(__name__)

MOST_WEBHOOKS: Final = 10
"""For each user."""
MOST_TESTS: Final = 5
"""Waiting at a time, for each webhook."""
LONGEST_DESCRIPTION: Final = 100
LOOK_UPS_AT_ONCE: Final = 2
"""By those who make or change webhooks, in one process: a name whose servers do not answer holds a thread of it."""
CHANGEOVER: Final = timedelta(days=1)
"""How long the former secret signs beside a new one."""
PAUSED: Final = "The webhook was paused before this could be delivered."

_looking_up = threading.BoundedSemaphore(LOOK_UPS_AT_ONCE)


def switched_off(user: User) -> QuerySet[Webhook]:
    """Those of ``user`` that the site has switched off, and their owner has not resumed."""
    return Webhook.objects.filter(user=user, is_active=False).exclude(disabled_reason="")


def create(
    user: User, url: str, events: Iterable[str], description: str = "", *, resolve: Resolver | None = None
) -> tuple[Webhook, str]:
    """Make a webhook of ``user``'s; return it and its secret, which is shown this once. Raises ``WebhookRefused``."""
    chosen, words = _checked_events(events), _checked_description(description)
    _refuse_one_more(user)
    _check(url, resolve)
    secret = new_secret()
    with transaction.atomic():
        # The row of the user, so that of many requests at once none goes beyond the limit.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _refuse_one_more(user)
        hook = Webhook.objects.create(
            user=user, url=url, events=chosen, description=words, sealed_secret=seal(secret), created_at=timezone.now()
        )
        _note("created", hook)
    logger.info("webhook_created", webhook_id=hook.pk, user_id=user.pk, host=hook.host)
    return hook, secret


def change(
    hook: Webhook,
    *,
    url: str | None = None,
    events: Iterable[str] | None = None,
    description: str | None = None,
    resolve: Resolver | None = None,
) -> None:
    """Give the webhook another address, other events, another description. Raises ``WebhookRefused``."""
    if events is not None:
        hook.events = _checked_events(events)
    if description is not None:
        hook.description = _checked_description(description)
    if url is not None and url != hook.url:
        _check(url, resolve)
        # How the former address has answered says nothing of this one.
        hook.url, hook.failing_since = url, None
    with transaction.atomic():
        hook.save(update_fields=["url", "events", "description", "failing_since"])
        _note("changed", hook)
    logger.info("webhook_changed", webhook_id=hook.pk)


def pause(hook: Webhook) -> None:
    """Have the webhook told of nothing until it is resumed; what waits to be delivered is given up."""
    hook.is_active, hook.disabled_reason = False, ""
    with transaction.atomic():
        hook.save(update_fields=["is_active", "disabled_reason"])
        deliveries.give_up(hook, PAUSED)
        _note("paused", hook)


def resume(hook: Webhook) -> None:
    """Have the webhook told of what happens from now on, also where the site had switched it off."""
    hook.is_active, hook.disabled_reason, hook.failing_since = True, "", None
    with transaction.atomic():
        hook.save(update_fields=["is_active", "disabled_reason", "failing_since"])
        _note("resumed", hook)


def delete(hook: Webhook) -> None:
    """Forget the webhook and all that was delivered to it."""
    logger.info("webhook_deleted", webhook_id=hook.pk)
    with transaction.atomic():
        _note("deleted", hook)
        hook.delete()


def rotate(hook: Webhook) -> str:
    """Give the webhook a new secret, shown this once. For a day both sign, so that the receiver can change over."""
    secret = new_secret()
    hook.former_secret, hook.former_until = hook.sealed_secret, timezone.now() + CHANGEOVER
    hook.sealed_secret = seal(secret)
    with transaction.atomic():
        hook.save(update_fields=["sealed_secret", "former_secret", "former_until"])
        _note("secret_changed", hook)
    logger.info("webhook_secret_rotated", webhook_id=hook.pk)
    return secret


def send_test(hook: Webhook) -> WebhookDelivery:
    """Have the webhook told of nothing but that it is tried.

    Raises ``WebhookRefused`` while it is paused, and while several wait.
    """
    deliveries.refuse_if_inactive(hook)
    waiting = hook.deliveries.filter(event=WebhookEvent.TEST, status=DeliveryStatus.PENDING)
    if waiting.count() >= MOST_TESTS:
        raise WebhookRefused("Several test events are waiting to be sent already. See first how they are answered.")
    return WebhookDelivery.objects.create(
        webhook=hook, event=WebhookEvent.TEST, created_at=timezone.now(), next_attempt_at=timezone.now()
    )


def secrets_of(hook: Webhook) -> list[str]:
    """What signs now: the secret, and for a day the one before it. Raises ``SecretUnreadable``."""
    secrets = [unseal(hook.sealed_secret)]
    if not hook.sealed_secret.startswith(mark()):
        Webhook.objects.filter(pk=hook.pk, sealed_secret=hook.sealed_secret).update(sealed_secret=seal(secrets[0]))
    if hook.former_until is not None and hook.former_until > timezone.now():
        # One that can not be read may be why there is a new one.
        with contextlib.suppress(SecretUnreadable):
            secrets.append(unseal(hook.former_secret))
    return secrets


def reseal_all() -> int:
    """Seal under today's key what was sealed under a former one; how many secrets that were."""
    resealed = 0
    for hook in Webhook.objects.exclude(sealed_secret__startswith=mark()):
        try:
            secret = unseal(hook.sealed_secret)
        except SecretUnreadable:
            continue
        resealed += Webhook.objects.filter(pk=hook.pk, sealed_secret=hook.sealed_secret).update(
            sealed_secret=seal(secret)
        )
    return resealed


def _note(what: str, hook: Webhook) -> None:
    # The host alone: the rest of an address may be as good as a password.
    audit.record(f"webhook.{what}", subject=hook, host=hook.host, events=hook.events)


def _refuse_one_more(user: User) -> None:
    if Webhook.objects.filter(user=user).count() >= MOST_WEBHOOKS:
        raise WebhookRefused(f"You have {MOST_WEBHOOKS} webhooks: delete one first.")


def _check(url: str, resolve: Resolver | None) -> None:
    destination = Destination.parse(url)
    if not _looking_up.acquire(blocking=False):
        raise WebhookRefused("Several addresses are being looked up at this moment. Please try again shortly.")
    try:
        destination.addresses(resolve)
    finally:
        _looking_up.release()


def _checked_events(events: Iterable[str]) -> list[str]:
    asked = set(events)
    if unknown := sorted(asked - set(CHOOSABLE)):
        raise WebhookRefused(f"There is no event {', '.join(unknown)}.")
    if not asked:
        raise WebhookRefused("Choose at least one event to be told of.")
    return [event for event in CHOOSABLE if event in asked]


def _checked_description(description: str) -> str:
    words = storable_text(description.strip())
    if len(words) > LONGEST_DESCRIPTION:
        raise WebhookRefused(f"The description may have at most {LONGEST_DESCRIPTION} characters.")
    return words
