"""From a value to its place in the document, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watching import RUN_PAGE, picture

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]


def test_a_value_leads_to_its_place_and_a_place_to_its_value(page: Page) -> None:
    page.goto("/agents/document-extractor/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    expect(page.locator("#_run_status")).to_contain_text("Completed", timeout=20_000)
    expect(page.locator("#_run_result")).to_be_visible()

    page.locator("#_run_result a.page-mark").first.click()

    picked = page.locator(".evidence-items li[aria-current]")
    expect(picked).to_have_count(1, timeout=20_000)
    sheet = page.locator(".sheet img")
    expect(sheet).to_be_visible()
    assert sheet.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 500
    number = picked.get_attribute("data-item")
    expect(page.locator(f".highlight[data-item='{number}'][aria-current]").first).to_be_in_viewport()
    assert "tab=evidence" in page.url
    picture(page, "evidence-picked")

    other = page.locator(f".highlight:not([data-item='{number}'])").first
    wanted = other.get_attribute("data-item")
    other.click()
    expect(page.locator(f".evidence-items li[data-item='{wanted}']")).to_have_attribute("aria-current", "true")

    page.go_back()
    expect(page.locator("#_run_result")).to_be_visible()


def test_tabs_are_turned_by_keyboard_and_come_back_with_the_address(page: Page) -> None:
    page.goto("/agents/policy-checker/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    expect(page.locator("#_run_status")).to_contain_text("Completed", timeout=20_000)
    current = page.locator("#_run_tabs [aria-current]")
    expect(current).to_have_text("Result", timeout=20_000)

    page.keyboard.press("]")
    expect(current).to_have_text("Evidence")
    page.keyboard.press("3")
    expect(current).to_have_text("Log")
    expect(page.get_by_role("log")).to_be_visible()
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(current).to_have_text("Result")
    page.keyboard.press("4")

    expect(page).to_have_url(re.compile("tab=timeline"))
    page.reload()
    expect(current).to_have_text("Timeline")
