"""Fields of one's own, line by line, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watching import RUN_PAGE

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

EXTRACTOR = "/agents/document-extractor/"


def test_lines_are_added_one_by_one_and_sent(page: Page, complaints: list[str]) -> None:
    page.goto(EXTRACTOR)
    page.locator("#field_fields summary").click()
    page.get_by_label("Name, line 1").fill("Notice period")
    page.get_by_label("Type, line 1").select_option("number")
    page.get_by_role("button", name="Add a line").click()

    added = page.get_by_label("Name, line 3")
    expect(added).to_be_focused()
    expect(added).to_have_value("")
    added.fill("Governing law")

    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith(EXTRACTOR)) as sent:
        page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    body = (sent.value.post_data_buffer or b"").decode()
    assert 'name="fields-0-name"\r\n\r\nNotice period' in body
    assert 'name="fields-0-type"\r\n\r\nnumber' in body
    assert 'name="fields-2-name"\r\n\r\nGoverning law' in body
    complaints.clear()  # htmx notes what leaving the page has broken off: the history that was being loaded.
