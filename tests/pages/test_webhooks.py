"""The pages of webhooks: made, changed, tried, paused, and what they were told."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from runs import webhooks
from runs.models import User, Webhook, WebhookDelivery
from runs.webhooks import deliveries, hooks
from runs.webhooks.sending import Answer
from tests import acting
from tests.pages.reading import control, soup, text

WEBHOOKS = reverse("webhooks")
URL = "http://127.0.0.1:9000/hook?key=hidden"
ACTIONS = ["webhook_pause", "webhook_resume", "webhook_test", "webhook_rotate", "webhook_delete"]


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def hook(owner: User) -> Webhook:
    return webhooks.create(owner, URL, ["run.completed"], "nightly")[0]


def page_of(hook: Webhook) -> str:
    return reverse("webhook", args=[hook.pk])


def delivery_of(hook: Webhook, answer: Answer) -> WebhookDelivery:
    acting.completed(hook.user)
    delivery = deliveries.claim()
    assert delivery is not None
    deliveries.settle(delivery, answer)
    return WebhookDelivery.objects.get()


def test_a_webhook_is_made_and_its_secret_shown_once(page: Client, owner: User) -> None:
    response = page.post(WEBHOOKS, {"url": f" {URL} ", "events": ["run.failed"], "description": "mine"})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = soup(response).select_one("#secret")
    assert found is not None
    hook = Webhook.objects.get()
    assert [found.get_text()] == hooks.secrets_of(hook)
    assert (hook.user, hook.url, hook.events, hook.description) == (owner, URL, ["run.failed"], "mine")
    for address in (WEBHOOKS, page_of(hook)):
        assert found.get_text() not in page.get(address).content.decode()
    assert "mine" in text(page.get(WEBHOOKS))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": ""}, "Give the address"),
        ({"url": "https://localhost/"}, "are not called"),
        ({"url": "https://10.0.0.1/"}, "not public"),
        ({"url": "https://u:p@example.org/"}, "no user name"),
        ({"events": []}, "at least one event"),
        ({"events": ["run.dreamt"]}, "no event run.dreamt"),
        ({"description": "x" * 101}, "at most 100"),
    ],
)
def test_what_is_refused_says_why_and_loses_nothing(
    page: Client, changes: dict[str, Any], sentence: str, settings: Any
) -> None:
    if "localhost" in changes.get("url", ""):
        settings.WEBHOOK_ALLOWED_NETWORKS = []
    response = page.post(WEBHOOKS, {"url": URL, "events": ["run.failed"], "description": "kept", **changes})
    assert response.status_code == 422
    assert sentence in text(response)
    assert control(response, "url")["value"] == changes.get("url", URL)
    assert control(response, "description")["value"] == changes.get("description", "kept")
    assert not Webhook.objects.exists()


def test_there_is_a_most(page: Client, owner: User) -> None:
    for _ in range(webhooks.MOST_WEBHOOKS):
        webhooks.create(owner, URL, ["run.failed"])
    assert "Delete one to make another" in text(page.get(WEBHOOKS))
    refused = page.post(WEBHOOKS, {"url": URL, "events": ["run.failed"]})
    assert (refused.status_code, Webhook.objects.count()) == (422, webhooks.MOST_WEBHOOKS)


def test_a_webhook_is_changed_and_a_faulty_change_is_not_made(page: Client, hook: Webhook) -> None:
    refused = page.post(page_of(hook), {"url": "https://192.168.0.1/", "events": ["run.failed"]})
    assert (refused.status_code, control(refused, "url")["value"]) == (422, "https://192.168.0.1/")
    assert "nightly" in text(refused), "its name is still that of the webhook, not of the form"
    sent = {"url": URL + "2", "events": ["run.failed", "run.started"], "description": ""}
    assert page.post(page_of(hook), sent)["Location"] == page_of(hook)
    hook.refresh_from_db()
    assert (hook.url, hook.events, hook.description) == (URL + "2", ["run.started", "run.failed"], "")


def test_pausing_resuming_and_trying(page: Client, hook: Webhook) -> None:
    assert "is paused" in text(page.post(reverse("webhook_pause", args=[hook.pk]), follow=True))
    assert "resume it first" in text(page.post(reverse("webhook_test", args=[hook.pk]), follow=True))
    page.post(reverse("webhook_resume", args=[hook.pk]))
    shown = page.post(reverse("webhook_test", args=[hook.pk]), follow=True)
    assert "on its way" in text(shown)
    section = soup(shown).select_one("#_deliveries")
    assert section is not None
    assert "webhook.test" in section.get_text()
    assert section["hx-get"] == page_of(hook), "it looks again by itself"


def test_why_the_site_has_switched_it_off_is_said(page: Client, hook: Webhook) -> None:
    deliveries.disable(hook, "The receiver said that it is gone for good (410).")
    assert "gone for good" in text(page.get(page_of(hook)))
    assert "Switched off" in text(page.get(WEBHOOKS))
    assert "Switched off" in text(page.get(reverse("profile")))


def test_home_says_which_webhooks_need_their_owner(page: Client, hook: Webhook, strangers_page: Client) -> None:
    webhooks.pause(hook)
    assert "nightly" not in text(page.get(reverse("home"))), "its owner knows"
    deliveries.disable(hook, "The receiver said that it is gone for good (410).")
    assert "Nothing is sent by the webhook nightly until you look at it." in text(page.get(reverse("home")))
    assert soup(page.get(reverse("home"))).select_one(f'main a[href="{page_of(hook)}"]')
    assert "nightly" not in text(strangers_page.get(reverse("home")))


def test_a_new_secret_is_shown_once_and_the_former_goes_on_for_a_day(page: Client, hook: Webhook) -> None:
    former = hooks.secrets_of(hook)
    response = page.post(reverse("webhook_rotate", args=[hook.pk]))
    found = soup(response).select_one("#secret")
    assert found is not None
    assert hooks.secrets_of(Webhook.objects.get()) == [found.get_text(), *former]
    assert "The former secret signs beside it" in text(response)


def test_a_deleted_webhook_takes_its_deliveries_with_it(page: Client, hook: Webhook) -> None:
    delivery_of(hook, Answer("", 200))
    assert "is deleted" in text(page.post(reverse("webhook_delete", args=[hook.pk]), follow=True))
    assert not WebhookDelivery.objects.exists()


def test_a_delivery_shows_what_was_told_and_answered_and_is_sent_again(page: Client, hook: Webhook) -> None:
    delivery = delivery_of(hook, Answer("The receiver answered 500.", 500, "<script>no</script>", 0.25))
    url = reverse("webhook_delivery", args=[hook.pk, delivery.pk])
    assert "The receiver answered 500." in text(page.get(page_of(hook)))
    response = page.get(url)
    assert "500 in 250 ms" in text(response)
    assert not soup(response).select("main script")
    body = soup(response).select("pre")[-1].get_text()
    assert json.loads(body) == json.loads(webhooks.body_of(delivery))
    shown = page.post(reverse("webhook_send_again", args=[hook.pk, delivery.pk]), follow=True)
    assert "on its way again" in text(shown)
    again = deliveries.claim()
    assert again is not None
    assert again.pk == delivery.pk
    assert "at this moment" in text(page.post(reverse("webhook_send_again", args=[hook.pk, delivery.pk]), follow=True))


def test_many_deliveries_are_read_by_pages_at_a_fixed_price(
    page: Client, hook: Webhook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(deliveries.PAGE_SIZE + 3):
        hook.deliveries.create(event="webhook.test")
    page.get(page_of(hook))
    with django_assert_num_queries(5) as queries:
        first = page.get(page_of(hook))
    assert not any('"runs_webhookdelivery"."facts"' in query["sql"] for query in queries)
    older = soup(first).select_one("a[rel=next]")
    assert older is not None
    second = page.get(page_of(hook) + str(older["href"])[str(older["href"]).index("?") :])
    assert [len(soup(response).select("#_deliveries tbody tr")) for response in (first, second)] == [25, 3]
    assert page.get(page_of(hook) + "?cursor=x").status_code == 404


@pytest.mark.parametrize("name", ["webhook", *ACTIONS])
def test_a_webhook_is_its_owners_alone(
    strangers_page: Client, operators_page: Client, client: Client, hook: Webhook, name: str
) -> None:
    url = reverse(name, args=[hook.pk])
    for browser, status in ((strangers_page, 404), (operators_page, 404), (client, 302)):
        assert browser.post(url, {"url": URL, "events": ["run.failed"]}).status_code == status
    assert strangers_page.get(url).status_code == (404 if name == "webhook" else 405)
    hook.refresh_from_db()
    assert (hook.state, hook.events, hook.former_until) == ("active", ["run.completed"], None)
    assert not WebhookDelivery.objects.exists()


def test_a_delivery_is_its_owners_alone(strangers_page: Client, page: Client, hook: Webhook, stranger: User) -> None:
    delivery = delivery_of(hook, Answer("", 200))
    others, _ = webhooks.create(stranger, URL, ["run.failed"])
    for one in (hook, others):
        assert strangers_page.get(reverse("webhook_delivery", args=[one.pk, delivery.pk])).status_code == 404
        again = reverse("webhook_send_again", args=[one.pk, delivery.pk])
        assert strangers_page.post(again).status_code == 404
    assert page.get(reverse("webhook_delivery", args=[others.pk, delivery.pk])).status_code == 404
    assert WebhookDelivery.objects.get().status == "delivered"


@pytest.mark.parametrize("name", ACTIONS)
def test_a_form_from_elsewhere_is_refused(owner: User, hook: Webhook, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post(reverse(name, args=[hook.pk])).status_code == 403
    assert Webhook.objects.get().state == "active"
