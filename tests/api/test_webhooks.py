"""``/api/v1/webhooks``: made, changed, tried and read by scripts, within what their tokens may do."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from runs import tokens, webhooks
from runs.models import AuditEntry, Scope, User, Webhook, WebhookDelivery
from runs.webhooks import deliveries, hooks
from runs.webhooks.sending import Answer
from tests import acting

PATH = "/api/v1/webhooks"
URL = "http://127.0.0.1:9000/hook"
ASKED = {"url": URL, "events": ["run.failed", "run.completed"], "description": "nightly"}


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def script(user: User, *scopes: Scope) -> Client:
    _, secret = tokens.issue(user, "a test", scopes=scopes or tokens.USUAL)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def ask(client: Client, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(path, body, content_type="application/json")


def test_a_webhook_lives_its_life(owner: User) -> None:
    client = script(owner)
    made = ask(client, "post", PATH, ASKED)
    assert made.status_code == 201
    hook = Webhook.objects.get()
    assert made.json()["secret"] == hooks.secrets_of(hook)[0]
    assert made["Location"].endswith(f"{PATH}/{hook.pk}")
    one = client.get(made["Location"]).json()
    assert (one["state"], one["events"]) == ("active", ["run.completed", "run.failed"])
    assert "secret" not in str([client.get(PATH).json(), one])
    changed = ask(client, "patch", f"{PATH}/{hook.pk}", {"description": "daily", "is_active": False}).json()
    assert (changed["state"], changed["description"], changed["url"]) == ("paused", "daily", URL)
    assert ask(client, "post", f"{PATH}/{hook.pk}/test").status_code == 422
    assert ask(client, "patch", f"{PATH}/{hook.pk}", {"is_active": True}).json()["state"] == "active"
    rotated = ask(client, "post", f"{PATH}/{hook.pk}/secret").json()
    assert hooks.secrets_of(Webhook.objects.get()) == [rotated["secret"], made.json()["secret"]]
    assert ask(client, "delete", f"{PATH}/{hook.pk}").status_code == 204
    assert client.get(f"{PATH}/{hook.pk}").status_code == 404


def test_what_it_was_told_is_read_and_sent_again(owner: User) -> None:
    client, (hook, _) = script(owner), webhooks.create(owner, URL, ["run.completed"])
    run = acting.completed(owner)
    delivery = deliveries.claim()
    assert delivery is not None
    deliveries.settle(delivery, Answer("The receiver answered 410.", 500, "said so", 0.1))
    (listed,) = client.get(f"{PATH}/{hook.pk}/deliveries").json()["deliveries"]
    assert (listed["status"], listed["event"], listed["run_id"]) == ("pending", "run.completed", str(run.pk))
    assert (listed["response_status"], listed["response_excerpt"], listed["duration_ms"]) == (500, "said so", 100)
    whole = client.get(listed["url"]).json()
    assert whole["payload"]["data"]["run"]["id"] == str(run.pk)
    again = ask(client, "post", f"{PATH}/{hook.pk}/deliveries/{delivery.pk}/redeliver")
    assert again.status_code == 202
    assert (again.json()["id"], again.json()["status"]) == (str(delivery.pk), "pending")
    assert WebhookDelivery.objects.get().earlier_attempt_count == 1


def test_many_deliveries_come_by_pages(owner: User) -> None:
    client, (hook, _) = script(owner), webhooks.create(owner, URL, ["run.completed"])
    sent = [str(hook.deliveries.create(event="webhook.test").pk) for _ in range(deliveries.PAGE_SIZE + 2)]
    first = client.get(f"{PATH}/{hook.pk}/deliveries").json()
    second = client.get(f"{PATH}/{hook.pk}/deliveries", {"cursor": first["next_cursor"]}).json()
    assert [each["id"] for page in (first, second) for each in page["deliveries"]] == sent[::-1]
    assert second["next_cursor"] is None
    assert client.get(f"{PATH}/{hook.pk}/deliveries", {"cursor": "x"}).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://169.254.169.254/"},
        {"url": "gopher://example.org/"},
        {"url": "https://example.org:25/"},
        {"events": []},
        {"events": ["webhook.test"]},
        {"events": ["run.dreamt"]},
        {"is_active": False},
    ],
)
def test_what_may_not_be_is_refused(owner: User, changes: dict[str, Any]) -> None:
    response = ask(script(owner), "post", PATH, {**ASKED, **changes})
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert not Webhook.objects.exists()


def test_a_token_that_may_not_read_runs_has_nobody_told_of_them(owner: User) -> None:
    hook, _ = webhooks.create(owner, URL, ["run.failed"])
    for scopes in ((Scope.RUNS_WRITE,), (Scope.RUNS_READ,)):
        client = script(owner, *scopes)
        for method, path in (("post", PATH), ("patch", f"{PATH}/{hook.pk}"), ("post", f"{PATH}/{hook.pk}/secret")):
            response = ask(client, method, path, ASKED)
            assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
    assert Webhook.objects.get().former_until is None


def test_who_changed_what_is_kept_without_what_is_secret(owner: User) -> None:
    client = script(owner)
    made = ask(client, "post", PATH, {**ASKED, "url": f"{URL}?key=hidden"}).json()
    path = f"{PATH}/{made['id']}"
    ask(client, "patch", path, {"is_active": False})
    ask(client, "post", f"{path}/secret")
    ask(client, "delete", path)
    kept = list(AuditEntry.objects.filter(action__startswith="webhook.").order_by("id"))
    assert [entry.action.partition(".")[2] for entry in kept] == [
        "created", "changed", "paused", "secret_changed", "deleted",
    ]  # fmt: skip
    assert {(entry.actor_id, entry.subject_id) for entry in kept} == {(owner.pk, made["id"])}
    assert not any(word in str(entry.details) for entry in kept for word in ("hidden", "whsec_"))
