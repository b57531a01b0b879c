"""The page that describes the API, in a real browser, under the site's content security policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser

from runs.models import User

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_page_works_under_the_policy_and_loads_nothing_from_elsewhere(
    browser: Browser, live_server: Any, transactional_db: None
) -> None:
    owner = User.objects.create_user("owner")
    client = Client()
    client.force_login(owner)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    addresses: list[str] = []
    context = browser.new_context()
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    # The stream of the page's frame is another process, which does not run here.
    context.route(f"{settings.LIVE_URL}/**", lambda route: route.fulfill(status=204))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{live_server.url}/docs")
    page.get_by_text("/api/v1/agents", exact=True).first.click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text('"document-extractor"').first.wait_for()
    context.close()
    assert complaints == []
    assert all(address.startswith((live_server.url, settings.LIVE_URL, "data:")) for address in addresses)
