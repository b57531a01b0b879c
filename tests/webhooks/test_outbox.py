"""A run's events leave deliveries: in its transaction, for whom they concern, at no cost for others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from runs import lifecycle, uploads
from runs.agents import DocumentExtractor
from runs.models import AgentRun, Status, User, Webhook, WebhookDelivery
from runs.models.webhook import CHOOSABLE
from runs.schemas import RunBrief
from runs.webhooks import body_of
from tests import acting
from tests.pages.reading import upload


@pytest.fixture
def told(owner: User) -> Callable[[], list[str]]:
    """What the owner's webhook would have been told, oldest first."""
    hook = Webhook.objects.create(user=owner, url="https://example.org/", events=CHOOSABLE, sealed_secret="-")
    return lambda: list(hook.deliveries.order_by("created_at").values_list("event", flat=True))


def test_every_way_a_run_can_go_is_told(owner: User, told: Callable[[], list[str]]) -> None:
    acting.completed(owner)
    assert told() == ["run.triggered", "run.started", "run.completed"]
    acting.failed(owner)
    assert told()[3:] == ["run.triggered", "run.started", "run.failed"]
    acting.cancelled(owner)
    assert told()[6:] == ["run.triggered", "run.cancelled"]
    lifecycle.force_stop(acting.running(owner), by=owner)
    assert told()[8:] == ["run.triggered", "run.started", "run.cancelled"]


def test_a_run_that_is_tried_again_is_told(owner: User, told: Callable[[], list[str]]) -> None:
    attempt = acting.started(acting.pending(owner))
    AgentRun.objects.update(max_attempts=2)
    lifecycle.fail(attempt, "agent_error", "Broke.")  # type: ignore[arg-type]
    assert told() == ["run.triggered", "run.started", "run.retried"]


def test_only_what_was_asked_for_is_told_and_only_of_ones_own_runs(owner: User, stranger: User) -> None:
    def hook(user: User, *events: str, **columns: Any) -> Webhook:
        return Webhook.objects.create(user=user, url="https://e.example/", events=events, sealed_secret="-", **columns)

    both, one = hook(owner, "run.completed", "run.failed"), hook(owner, "run.completed")
    others = [hook(owner, "run.failed"), hook(owner, "run.completed", is_active=False), hook(stranger, *CHOOSABLE)]
    acting.completed(owner)
    assert set(WebhookDelivery.objects.values_list("webhook", flat=True)) == {both.pk, one.pk}
    assert not any(other.deliveries.exists() for other in others)


def test_what_is_rolled_back_is_told_to_nobody(owner: User, told: Callable[[], list[str]]) -> None:
    attempt = acting.started(acting.pending(owner))
    with transaction.atomic():
        lifecycle.complete(attempt, "x", {})
        transaction.set_rollback(True)
    assert told() == ["run.triggered", "run.started"]
    assert AgentRun.objects.get().status == Status.RUNNING


def test_users_without_webhooks_pay_for_no_statement(
    owner: User, stranger: User, told: Callable[[], list[str]], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(9):
        run = acting.pending(stranger)
    with django_assert_num_queries(6):
        attempt = acting.started(run)
    with django_assert_num_queries(9):
        lifecycle.complete(attempt, "x", {})
    with django_assert_num_queries(10):
        acting.pending(owner)


def test_the_run_is_told_as_the_api_lists_it(owner: User, told: Callable[[], list[str]]) -> None:
    assert told() == []
    document = uploads.keep(upload(), owner)
    run = lifecycle.trigger(owner, DocumentExtractor.name, {"document": str(document.pk)})
    lifecycle.complete(acting.started(run), "ok", {"secret": "output"}, "3 values")
    body = json.loads(body_of(WebhookDelivery.objects.get(event="run.completed")))
    request = RequestFactory().get("/", headers={"Host": "localhost:8000"})
    listed = RunBrief.model_validate(acting.fresh(run), context={"request": request}).model_dump(mode="json")
    assert body["data"]["run"] == listed
    assert (body["type"], list(body)) == ("run.completed", ["type", "timestamp", "data"])
    assert listed["document"]["name"] == "note.txt"
    assert "secret" not in str(body)


def test_an_event_tells_of_the_run_as_it_was_then(owner: User, told: Callable[[], list[str]]) -> None:
    run = acting.completed(owner)
    triggered, started, completed = WebhookDelivery.objects.order_by("created_at")
    statuses = [json.loads(body_of(each))["data"]["run"]["status"] for each in (triggered, started, completed)]
    assert statuses == ["pending", "running", "completed"]
    assert "input" not in completed.facts["run"]
    assert "output" not in completed.facts["run"]
    assert completed.run_id == run.pk
    assert len(told()) == 3
