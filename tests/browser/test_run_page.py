"""The run's page in a browser: its log is followed, linked to and searched; its evidence works without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person
from tests.browser.watching import PHONE, RUN_PAGE, Browse, picture, pictures, rehearse

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(180)]


def extract(page: Page) -> str:
    """Extract from the sample, and the address of the run's page once it has ended."""
    page.goto("/agents/document-extractor/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    expect(page.locator("#_run_status")).to_contain_text("Completed", timeout=40_000)
    return page.url


def test_whoever_has_chosen_nothing_sees_the_result_when_the_run_ends(page: Page) -> None:
    rehearse(page, seconds=3)
    current = page.locator("#_run_tabs [aria-current]")
    expect(current).to_have_text("Log")
    expect(current).to_have_text("Result", timeout=40_000)
    expect(page.locator("#_run_result")).to_be_visible()


def test_whoever_has_chosen_is_left_where_they_are_and_finds_the_rest_up_to_date(page: Page) -> None:
    rehearse(page, seconds=3)
    page.get_by_role("link", name="JSON", exact=True).click()
    expect(page.locator("#_run_json")).to_contain_text("when the run has ended")
    expect(page.locator("#_run_status")).to_contain_text("Completed", timeout=40_000)
    expect(page.locator("#_run_json")).to_contain_text('"act": "succeed"', timeout=20_000)
    expect(page.locator("#_run_tabs [aria-current]")).to_have_text("JSON")
    page.go_back()
    expect(page.locator("#_run_tabs [aria-current]")).to_have_text("Result")


def test_the_log_is_followed_until_somebody_scrolls_away(page: Page) -> None:
    rehearse(page, seconds=60)
    log = page.get_by_role("log")
    expect(log).to_contain_text("step 1", timeout=40_000)
    end = page.get_by_role("button", name="Jump to the end")
    expect(end).to_be_hidden()

    many = [f"line {number}" for number in range(400)]
    page.evaluate(
        """lines => {
            const list = document.getElementById("_log_lines");
            for (const line of lines) list.append(Object.assign(document.createElement("li"), { textContent: line }));
        }""",
        many,
    )
    log.scroll_into_view_if_needed()
    assert log.evaluate("log => log.scrollTop") == 0
    expect(log.get_by_text("line 399")).to_be_in_viewport()

    log.evaluate("log => log.scrollTo(0, -600)")
    expect(end).to_be_visible()
    picture(page, "log-scrolled-away")
    end.click()
    expect(end).to_be_hidden()
    expect(log.get_by_text("line 399")).to_be_in_viewport()


def test_a_line_has_an_address_of_its_own(page: Page) -> None:
    address = extract(page)
    page.goto(f"{address}?tab=log")
    link = page.locator(".log li", has_text="Looking for amounts").locator("a[data-line]")
    line = str(link.get_attribute("href")).partition("#")[2]
    link.click()
    expect(page).to_have_url(re.compile(f"line=\\d+#{line}$"))
    expect(page.locator(f"#{line}")).to_have_attribute("aria-current", "true")

    page.goto(f"{address}#{line}")
    expect(page.locator(f"#{line}")).to_have_attribute("aria-current", "true", timeout=20_000)
    expect(page.locator(f"#{line}")).to_be_in_viewport()
    expect(page.locator("#_run_tabs [aria-current]")).to_have_text("Log")


def test_the_log_is_searched_without_leaving_the_page(page: Page) -> None:
    address = extract(page)
    page.goto(f"{address}?tab=log")
    page.evaluate("window.isTheSamePage = true")
    page.locator("#log-text").fill("looking")
    page.keyboard.press("Enter")
    expect(page.locator(".log li")).to_have_count(4)
    expect(page).to_have_url(re.compile(r"tab=log&log=looking$"))
    page.get_by_role("link", name="The end of the log").click()
    expect(page.locator("#_log_lines")).to_contain_text("Opening the document")
    page.get_by_role("button", name="Times").click()
    expect(page.locator(".log time").first).to_be_hidden()
    assert page.evaluate("window.isTheSamePage")


def test_values_are_saved_copied_and_narrowed(page: Page, tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(extract(page))
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "invoice_number" in Path(download.value.path()).read_text("utf-8-sig")

    row = page.locator("#row-1")
    row.hover()
    row.get_by_role("button", name="Copy the value").click()
    assert page.evaluate("navigator.clipboard.readText()") == "KJ-2025-0318"
    row.get_by_role("button", name="Copy the row").click()
    copied = page.evaluate("navigator.clipboard.readText()").split("\t")
    assert copied[:3] == ["Invoice number", "KJ-2025-0318", "page 1: Invoice number KJ-2025-0318"]
    page.get_by_role("button", name="Copy table").click()
    assert len(page.evaluate("navigator.clipboard.readText()").split("\n")) == page.locator("#values-table tr").count()

    page.get_by_role("link", name=re.compile("^Unverified")).click()
    expect(page.locator("#_run_result")).to_contain_text("The quote of every value was found")


def test_evidence_works_both_ways_without_scripts_on_a_phone(page: Page, person: Person, browse: Browse) -> None:
    address = extract(page)
    small = browse(person, viewport=PHONE, java_script_enabled=False)
    small.goto(address)
    small.get_by_role("link", name="Total on page 1", exact=True).click()
    picked = small.locator(".evidence-items li[aria-current]")
    expect(picked).to_contain_text("6426.63")
    expect(small.locator(".highlight[aria-current]").first).to_be_in_viewport()
    picture(small, "evidence-phone-no-scripts")

    small.locator(".highlight[data-item='1']").click()
    expect(picked).to_contain_text("KJ-2025-0318")
    for tab in ("Log", "Timeline", "Input", "JSON", "Result"):
        small.get_by_role("link", name=tab, exact=True).first.click()
        expect(small.locator("#_run_tabs [aria-current]")).to_have_text(tab)
        assert small.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_places_are_picked_by_keyboard_and_zoomed(page: Page) -> None:
    page.goto(f"{extract(page)}?tab=evidence")
    place = page.locator(".highlight[data-item='3']")
    place.focus()
    expect(page.locator("li[data-item='3']")).to_have_attribute("data-pointed", "")
    page.keyboard.press("Enter")
    expect(page.locator("li[data-item='3']")).to_have_attribute("aria-current", "true")
    assert "finding=3" in page.url

    before = page.locator(".sheet").bounding_box()
    page.get_by_role("link", name="200 %").click()
    after = page.locator(".sheet").bounding_box()
    assert before
    assert after
    assert after["width"] == pytest.approx(2 * before["width"], rel=0.03)
    expect(place).to_be_in_viewport()
    page.get_by_role("link", name="100 %").click()
    pictures(page, "evidence")
