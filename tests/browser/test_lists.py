"""Finding runs: tabs and filters, which the address keeps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import Browse, picture

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]


def test_filters_narrow_the_list_and_survive_in_the_address(
    browse: Browse, page: Page, stage: Stage, person: Person
) -> None:
    for status in ("completed", "failed", "failed", "cancelled"):
        stage.run(person, status)
    page.goto("/runs/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)

    page.get_by_role("navigation", name="Status").get_by_role("link", name="Failed").click()
    expect(rows).to_have_count(2)
    page.get_by_label("Search").fill("nothing is called so")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()
    assert "status=failed" in page.url
    page.get_by_label("Search").fill("")
    page.get_by_label("Agent", exact=True).select_option("rehearsal")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(rows).to_have_count(2)

    again = browse(person)
    again.goto(page.url)
    expect(again.locator("tbody tr")).to_have_count(2)
    expect(again.get_by_label("Agent", exact=True)).to_have_value("rehearsal")
    page.get_by_role("link", name="Clear filters").first.click()
    expect(rows).to_have_count(4)


def test_an_operator_cancels_what_a_filter_matches(operators_page: Page, stage: Stage, person: Person) -> None:
    path = stage.run(person, "waiting")
    operators_page.goto(f"/runs/?user={person.name}")
    expect(operators_page.locator("tbody tr")).to_have_count(2)

    operators_page.get_by_label("Which runs").select_option("matching")
    operators_page.get_by_role("button", name=re.compile("^Cancel")).click()
    operators_page.get_by_label("Reason").fill("maintenance")
    operators_page.get_by_role("button", name="Cancel 2 runs").click()

    expect(operators_page).to_have_url(re.compile("/runs/selection/outcome/"))
    picture(operators_page, "selection-outcome")
    assert stage.status(path) == "cancelled"
