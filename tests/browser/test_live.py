"""Pages that keep themselves true: by the stream, and by asking where streams are blocked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import Browse, picture, rehearse
from tests.sites import Site

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

SOON = 20_000


def block_streams(page: Page, site: Site) -> None:
    """As a proxy does that lets nothing through but ordinary pages."""
    live = site.environment["LIVE_BIND"].rsplit(":", 1)[-1]
    page.context.route(re.compile(rf"^http://[^/]+:{live}/"), lambda route: route.abort())


def never_reloaded(page: Page) -> bool:
    return bool(page.evaluate("window.isSame === true"))


def remember(page: Page) -> None:
    page.evaluate("window.isSame = true")


@pytest.mark.parametrize("way", ["Live", "Polling"])
def test_a_run_is_watched_to_its_end_without_a_reload(page: Page, site: Site, way: str) -> None:
    if way == "Polling":
        block_streams(page, site)
    rehearse(page, seconds=4)
    remember(page)

    expect(page.locator("#_live")).to_have_text(way, timeout=SOON)
    expect(page.locator("#_active_runs")).to_contain_text("Rehearsal", timeout=SOON)
    expect(page.locator("#_run_status")).to_contain_text("Completed", timeout=SOON)

    expect(page.locator("#announcer")).to_have_text(re.compile("Rehearsal finished"), timeout=SOON)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    expect(page.locator("#_active_runs a")).to_have_count(0, timeout=SOON)
    expect(page).to_have_title(re.compile("Completed"))
    assert never_reloaded(page)
    picture(page, f"watched-to-its-end-{way.lower()}")


def test_home_and_the_list_learn_of_a_run_triggered_elsewhere(browse: Browse, page: Page, person: Person) -> None:
    home, runs = page, browse(person)
    runs.goto("/runs/")
    for each in (home, runs):
        expect(each.locator("#_live")).to_have_text("Live", timeout=SOON)
        remember(each)

    rehearse(browse(person), seconds=2)

    expect(home.locator("article.run-card")).to_contain_text("Rehearsal", timeout=SOON)
    expect(runs.get_by_role("link", name="1 new run: show")).to_be_visible(timeout=SOON)
    expect(home.locator("#_latest_runs, article.run-card").first).to_contain_text("Completed", timeout=SOON)
    assert never_reloaded(home)
    assert never_reloaded(runs)
    runs.get_by_role("link", name="1 new run: show").click()
    expect(runs.get_by_role("row").filter(has_text="Rehearsal")).to_have_count(1)


def test_pausing_holds_the_page_still_until_it_goes_on(page: Page, stage: Stage, person: Person) -> None:
    path = stage.run(person, "running")
    page.goto(path)
    live = page.locator("#_live")
    expect(live).to_have_text("Live", timeout=SOON)

    page.keyboard.press("p")
    expect(live).to_have_text("Paused")
    expect(live).to_have_attribute("aria-pressed", "true")
    stage.end_runs(person)
    # A page that is told of changes shows this one before the next page is whole.
    other = page.context.new_page()
    other.goto(path)
    expect(other.locator("#_run_status")).to_contain_text("Cancelled")
    expect(page.locator("#_run_status")).to_contain_text("Running")

    page.keyboard.press("p")
    expect(page.locator("#_run_status")).to_contain_text("Cancelled", timeout=SOON)


def test_what_is_open_and_typed_survives_updates(page: Page, stage: Stage, person: Person) -> None:
    rehearse(page, seconds=30)
    expect(page.locator("#_run_status")).to_contain_text("Running", timeout=SOON)
    page.keyboard.press("c")
    page.keyboard.type("half a rea")

    before = page.locator("#_run_status progress").get_attribute("value")
    expect(page.locator("#_run_status progress")).not_to_have_attribute("value", before or "", timeout=SOON)

    expect(page.get_by_label("Reason")).to_have_value("half a rea")
    expect(page.get_by_label("Reason")).to_be_focused()
