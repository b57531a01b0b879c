"""A schedule from an agent's form to its first run, in a real browser, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person
from tests.browser.watching import RUN_PAGE, Browse

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]


def test_what_is_filled_in_becomes_a_schedule_by_the_readers_clocks(browse: Browse, person: Person) -> None:
    page = browse(person, timezone_id="Asia/Tokyo")
    page.goto("/agents/rehearsal/")
    page.get_by_label("Seconds").fill("0")
    page.get_by_role("button", name="Run this every …").click()

    expect(page.get_by_label("Seconds")).to_have_value("0")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    page.get_by_label("When").fill("0 9 * * mon-fri")
    words = page.locator("#_schedule_times")
    expect(words).to_contain_text("At 09:00 on Monday through Friday, by the clocks of Asia/Tokyo.")
    expect(words.locator("time")).to_have_count(3)

    page.get_by_label("Name").fill("Weekdays")
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_role("heading", name="Weekdays")).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url(RUN_PAGE)
    page.get_by_role("link", name="Its schedule").click()
    expect(page.get_by_role("heading", name="Weekdays")).to_be_visible()


def test_it_works_without_scripts(browse: Browse, person: Person) -> None:
    page: Page = browse(person, java_script_enabled=False)
    page.goto("/agents/rehearsal/schedule/")
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    page.get_by_label("Name").fill("Nightly")
    page.get_by_label("When").fill("0 2 * * *")
    page.get_by_role("button", name="Schedule it").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("None while it is paused")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("navigation").get_by_role("link", name="Schedules").click()
    expect(page.locator("main table")).to_contain_text("At 02:00 every day")
