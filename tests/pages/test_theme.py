"""Light, dark or as the system has it, by choice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from runs.models import User
from tests.pages.reading import soup
from tests.waiting import wait_until


def themed(client: Client, url: str) -> str:
    html = soup(client.get(url)).html
    assert html is not None
    return str(html["data-theme"])


def test_a_choice_is_kept_and_rendered_by_the_server(page: Client) -> None:
    assert themed(page, reverse("home")) == "system"
    response = page.post(reverse("theme"), {"theme": "dark", "next": reverse("runs")})
    assert response["Location"] == reverse("runs")
    assert themed(page, reverse("runs")) == "dark"
    pressed = soup(page.get(reverse("runs"))).select("[data-theme-choice] [aria-pressed=true]")
    assert {button["value"] for button in pressed} == {"dark"}


def test_a_choice_needs_no_account(client: Client, db: None) -> None:
    client.post(reverse("theme"), {"theme": "light"})
    assert themed(client, reverse("login")) == "light"


def test_a_choice_leads_to_no_other_site(page: Client) -> None:
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        assert page.post(reverse("theme"), {"theme": "dark", "next": elsewhere})["Location"] == reverse("home")


def test_nonsense_is_no_theme(page: Client) -> None:
    assert page.post(reverse("theme"), {"theme": "plaid"}).status_code == 400
    page.cookies["theme"] = '"><script>'
    assert themed(page, reverse("home")) == "system"
    assert page.get(reverse("theme")).status_code == 405


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_page_turns_dark_at_once_and_stays_so(
    browser: Browser, live_server: LiveServer, owner: User, has_scripts: bool
) -> None:
    options: Any = {"base_url": live_server.url, "color_scheme": "light", "java_script_enabled": has_scripts}
    page = browser.new_context(**options).new_page()
    page.goto(reverse("login"))
    page.get_by_label("Username").fill("own")
    lightness = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") if has_scripts else ""
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    if has_scripts:
        # Nothing that was typed is lost, and the colours are others.
        expect(page.get_by_label("Username")).to_have_value("own")
        assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") != lightness
        sent = "async () => (await (await fetch(location.href)).text()).includes('data-theme=\"dark\"')"
        wait_until(lambda: page.evaluate(sent))
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
