"""Finding runs: tabs and filters, which the address keeps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import Browse, picture, pictures, rehearse, upload

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


def test_a_view_is_saved_opened_renamed_and_deleted(page: Page, stage: Stage, person: Person) -> None:
    for status in ("completed", "failed"):
        stage.run(person, status)
    page.goto("/runs/?status=failed")
    page.get_by_text("Save this view").click()
    page.get_by_label("Name").fill("Went wrong")
    page.get_by_role("button", name="Save", exact=True).click()

    chip = page.get_by_role("link", name="Went wrong")
    expect(chip).to_have_attribute("aria-current", "true")
    pictures(page, "saved-view")
    page.goto("/runs/")
    chip.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_text("Change this view").click()
    page.get_by_label("Name").fill("Broken")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("link", name="Broken")).to_be_visible()
    page.get_by_text("Change this view").click()
    page.get_by_role("button", name="Delete the view").click()
    expect(page.get_by_role("navigation", name="Saved views")).to_have_count(0)


def test_going_back_undoes_a_filter(page: Page, stage: Stage, person: Person) -> None:
    for status in ("completed", "failed"):
        stage.run(person, status)
    page.goto("/runs/")
    page.get_by_text("More filters").click()
    page.get_by_label("To", exact=True).fill("2000-01-01")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()
    expect(page.get_by_label("To", exact=True)).to_have_value("2000-01-01")

    page.go_back()

    expect(page.locator("tbody tr")).to_have_count(2)


def test_two_ticked_runs_are_compared(page: Page, letter: Path, tmp_path: Path) -> None:
    upload(page, letter)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=20_000)
    other = tmp_path / "Invoice 8.txt"
    other.write_text(letter.read_text().replace("120.50", "99.00"))
    upload(page, other)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=20_000)

    page.goto("/runs/")
    boxes = page.locator(".tick input")
    expect(boxes).to_have_count(2)
    boxes.first.check()
    boxes.last.check()
    page.get_by_role("button", name="Compare two").click()

    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Total"))
    expect(row).to_contain_text("120.50")
    expect(row).to_contain_text("99.00")
    expect(row).to_contain_text("Changed")
    expect(page.get_by_text("These runs worked on different documents")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Seller")).to_have_count(0)
    pictures(page, "compare")
    page.get_by_role("link", name=re.compile("^All")).click()
    expect(page.get_by_role("rowheader", name="Invoice number")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_tick_outlives_a_change_of_its_row(page: Page) -> None:
    rehearse(page, seconds=60)
    page.goto("/runs/")
    box = page.locator(".tick input")
    box.check()
    row = page.locator("tbody tr")
    expect(row).to_contain_text("Running", timeout=20_000)
    outcome = row.locator("[data-label=Outcome]")
    before = outcome.inner_text()
    page.mouse.move(0, 0)
    expect(outcome).not_to_have_text(before, timeout=20_000)
    expect(box).to_be_checked()
    expect(row.locator("td.tick")).to_have_count(1)
