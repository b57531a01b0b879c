"""Who may open the operators' pages, and that none of them offers to edit what only verbs change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from runs.admin.confirmed import ActingAdmin, ConfirmedAction
from runs.models import (
    AgentEvent,
    AgentRun,
    ApiToken,
    Cluster,
    Document,
    Drill,
    Identity,
    Policy,
    RunEvent,
    User,
    Webhook,
    WebhookDelivery,
)

READ_ONLY = {AccessAttempt, AgentEvent, AgentRun, RunEvent, Document, Cluster, Drill, Webhook, WebhookDelivery}
ADDED_HERE = {User, ApiToken, Policy, Identity}


def pages(objects: dict[type[Model], Any]) -> Iterator[str]:
    """Every list, add page, change page and question there is."""
    yield reverse("admin:index")
    for model, registered in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        chosen = objects[model]
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_change", args=[chosen.pk])
        yield reverse(f"{name}_history", args=[chosen.pk])
        if model in ADDED_HERE:
            yield reverse(f"{name}_add")
        if isinstance(registered, ActingAdmin):
            for action in registered.actions or ():
                assert isinstance(action, ConfirmedAction)
                yield reverse(f"{name}_action", args=[chosen.pk, action.__name__])


def test_every_page_opens_for_a_superuser(as_operator: Client, one_of_each: dict[type[Model], Any]) -> None:
    answers = {page: as_operator.get(page).status_code for page in pages(one_of_each)}
    assert set(answers.values()) == {200}, answers
    assert len(answers) > 30


def test_no_page_opens_for_an_ordinary_user(as_owner: Client, one_of_each: dict[type[Model], Any]) -> None:
    for page in pages(one_of_each):
        response = as_owner.get(page)
        assert response.status_code == 302, page
        assert response["Location"].startswith(reverse("admin:login")), page


def test_no_page_opens_for_nobody(client: Client, one_of_each: dict[type[Model], Any]) -> None:
    assert {client.get(page).status_code for page in pages(one_of_each)} == {302}


def test_an_ordinary_user_cannot_act(as_owner: Client, owner: User, one_of_each: dict[type[Model], Any]) -> None:
    run = one_of_each[AgentRun]
    answer = {"action": "cancel_runs", "_selected_action": str(run.pk), "confirmed": "yes"}
    as_owner.post(reverse("admin:runs_agentrun_changelist"), answer)
    run.refresh_from_db()
    assert run.status == "pending"


def test_an_operator_without_permissions_sees_runs_and_not_tokens(
    as_attendant: Client, one_of_each: dict[type[Model], Any]
) -> None:
    for model in (AgentEvent, AgentRun, RunEvent, Document, Policy, Cluster):
        assert as_attendant.get(reverse(f"admin:runs_{model._meta.model_name}_changelist")).status_code == 200
    token = one_of_each[ApiToken]
    assert as_attendant.get(reverse("admin:runs_apitoken_changelist")).status_code == 403
    assert as_attendant.get(reverse("admin:runs_apitoken_change", args=[token.pk])).status_code == 403
    assert as_attendant.get(reverse("admin:runs_apitoken_action", args=[token.pk, "revoke_tokens"])).status_code == 403
    assert as_attendant.get(reverse("admin:runs_user_changelist")).status_code == 403
    assert as_attendant.get(reverse("admin:runs_identity_changelist")).status_code == 403
    assert as_attendant.get(reverse("admin:runs_identity_add")).status_code == 403


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_is_read_only_can_be_neither_added_changed_nor_deleted(
    as_operator: Client, one_of_each: dict[type[Model], Any], model: type[Model]
) -> None:
    name, chosen = f"admin:{model._meta.app_label}_{model._meta.model_name}", one_of_each[model]
    before = model._default_manager.values().get(pk=chosen.pk)
    assert as_operator.get(reverse(f"{name}_add")).status_code == 403
    assert as_operator.post(reverse(f"{name}_delete", args=[chosen.pk]), {"post": "yes"}).status_code == 403
    as_operator.post(reverse(f"{name}_change", args=[chosen.pk]), {"status": "completed", "name": "x", "host": "x"})
    assert model._default_manager.values().get(pk=chosen.pk) == before


def test_the_queues_own_pages_are_not_there() -> None:
    names = {model.__name__ for model in admin.site._registry if model._meta.app_label == "django_q"}
    assert names == {"OrmQ"}


def test_a_question_nobody_asks_is_not_found(as_operator: Client, one_of_each: dict[type[Model], Any]) -> None:
    run = one_of_each[AgentRun]
    assert as_operator.get(reverse("admin:runs_agentrun_action", args=[run.pk, "delete_selected"])).status_code == 404
    gone = "00000000-0000-4000-8000-000000000000"
    assert as_operator.get(reverse("admin:runs_agentrun_action", args=[gone, "cancel_runs"])).status_code == 404


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("agentrun", "input__icontains=P"),
        ("agentrun", "output__fields__0__value__startswith=P"),
        ("agentrun", "traceback__gt=P"),
        ("agentrun", "events__message__icontains=P"),
        ("runevent", "message__icontains=P"),
        ("runevent", "data__output__icontains=P"),
        ("runevent", "run__output__icontains=P"),
        ("schedule", "input__icontains=P"),
        ("schedule", "last_run__output__icontains=P"),
        ("document", "file__startswith=P"),
        ("document", "runs__output__icontains=P"),
        ("webhook", "url__contains=P"),
        ("webhook", "sealed_secret__startswith=P"),
        ("webhookdelivery", "facts__icontains=P"),
        ("webhookdelivery", "response_excerpt__icontains=P"),
        ("apitoken", "digest__startswith=P"),
        ("apitoken", "user__password__startswith=P"),
        ("user", "password__startswith=P"),
        ("user", "runs__output__icontains=P"),
    ],
)
def test_no_list_spells_out_what_no_page_shows(
    as_operator: Client, one_of_each: dict[type[Model], Any], model: str, asked: str
) -> None:
    assert as_operator.get(f"{reverse(f'admin:runs_{model}_changelist')}?{asked}").status_code == 400


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("agentrun", "status__exact=pending&agent=rehearsal&trigger__exact=api&created_at__gte=2026-01-01T00:00:00Z"),
        ("schedule", "state=paused&agent=rehearsal&on_conflict__exact=wait"),
        ("webhook", "is_active__exact=1"),
        ("apitoken", "state=usable&q=nightly"),
    ],
)
def test_lists_are_narrowed_by_what_they_offer(
    as_operator: Client, one_of_each: dict[type[Model], Any], model: str, asked: str
) -> None:
    assert as_operator.get(f"{reverse(f'admin:runs_{model}_changelist')}?{asked}").status_code == 200
