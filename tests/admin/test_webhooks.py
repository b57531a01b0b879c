"""Operators see where webhooks lead and how they fare, and nothing that would let them listen in."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse

from runs.models import Webhook, WebhookDelivery
from tests.admin.staging import HOOK, HOOK_SECRET


def test_neither_secrets_nor_addresses_nor_what_was_told_is_shown(
    as_operator: Client, one_of_each: dict[type[Model], Any]
) -> None:
    hook, delivery = one_of_each[Webhook], one_of_each[WebhookDelivery]
    WebhookDelivery.objects.update(facts={"run": {"summary": "what was told"}}, response_excerpt="what was answered")
    hidden = (HOOK, HOOK_SECRET, hook.sealed_secret, "as-good-as", "what was told", "what was answered")
    for model, pk in ((Webhook, hook.pk), (WebhookDelivery, delivery.pk)):
        name = f"admin:runs_{model._meta.model_name}"
        for page in (reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[pk])):
            content = as_operator.get(page).content.decode()
            assert "hooks.example.org" in content
            assert not [word for word in hidden if word in content]


def test_a_list_of_deliveries_loads_nothing_large(
    as_operator: Client, one_of_each: dict[type[Model], Any], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10) as queries:
        as_operator.get(reverse("admin:runs_webhookdelivery_changelist"))
    assert not any('"facts"' in query["sql"] for query in queries if "runs_webhookdelivery" in query["sql"])
