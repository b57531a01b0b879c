"""Open pages change by themselves, told by the real event streams, and go on without them."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import Browse, picture
from tests.sites import Site

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

STREAM = re.compile(r"/pages/stream\?")
STATUS, CHIP, STATE = "#_run_status", "#_active_runs", "#_live"
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def opened(page: Page, path: str, state: str = "Live") -> Page:
    """The page at ``path``, once it says how it is kept true. It must never be loaded again."""
    page.goto(path)
    page.evaluate("window.neverReloaded = true")
    expect(page.locator(STATE)).to_have_text(state, timeout=15_000)
    return page


def favicon(name: str) -> Callable[[Page], None]:
    return lambda page: expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(name))


def test_a_runs_page_follows_it_to_the_end(page: Page, person: Person, stage: Stage) -> None:
    path = stage.run(person, "running")
    opened(page, path)
    page.get_by_text("Cancel …").click()
    page.get_by_label("Reason").fill("half a rea")

    stage.progress(path, 63, "a new line")

    expect(page.locator(STATUS)).to_contain_text("63 %")
    expect(page.get_by_role("log")).to_contain_text("a new line")
    expect(page.locator(CHIP)).to_contain_text("1 running: Rehearsal 63 %")
    expect(page).to_have_title(re.compile("^63 % Running · Rehearsal"))
    favicon("running")(page)
    # What somebody types, and the box they have opened, stay.
    expect(page.get_by_label("Reason")).to_be_focused()
    expect(page.get_by_label("Reason")).to_have_value("half a rea")

    stage.complete(path, "all 3 verified")

    expect(page.locator(STATUS)).to_contain_text("all 3 verified")
    expect(page.locator("#announcer[aria-live=polite]")).to_have_text("Rehearsal finished: completed.")
    expect(page).to_have_title(re.compile("Completed · Rehearsal"))
    favicon("done")(page)
    expect(page.locator(f"{CHIP} a")).to_have_count(0)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.get_by_role("log").get_by_text("a new line")).to_have_count(1)
    assert page.evaluate("window.neverReloaded")
    # The run is over; the header goes on.
    stage.run(person, "pending")
    expect(page.locator(CHIP)).to_contain_text("1 pending")


def test_home_follows_my_runs(page: Page, person: Person, stage: Stage) -> None:
    path = stage.run(person, "running")
    opened(page, "/")
    stage.progress(path, 41)
    expect(page.locator(".run-card")).to_contain_text("41 %")
    expect(page).to_have_title(re.compile("^41 % · Rehearsal"))
    picture(page, "home-running")

    stage.complete(path, "all 3 verified")

    card = page.locator(".run-card")
    expect(card).to_contain_text("all 3 verified")
    expect(card).to_have_attribute("data-status", "completed")
    expect(page.locator("#_latest_runs tbody tr")).to_have_count(1)
    expect(page.locator("#announcer")).to_have_text("Rehearsal finished: completed.")
    assert page.evaluate("window.neverReloaded")


def test_operators_see_everybodys_runs_come_and_go(operators_page: Page, person: Person, stage: Stage) -> None:
    opened(operators_page, "/")
    path = stage.run(person, "running")
    row = operators_page.locator("#_everybodys_runs tr", has_text=person.name)
    expect(row).to_contain_text("Running")
    stage.complete(path, "done")
    expect(row).to_have_count(0)


def test_nothing_moves_under_the_pointer(page: Page, person: Person, stage: Stage) -> None:
    stage.run(person, "completed")
    path = stage.run(person, "running")
    opened(page, "/")
    rows = page.locator("#_latest_runs tbody tr")
    rows.first.hover()
    stage.complete(path, "all 3 verified")
    expect(page.locator(".run-card")).to_contain_text("all 3 verified")
    expect(rows).to_have_count(1)

    page.mouse.move(5, 5)

    expect(rows).to_have_count(2)


def test_a_list_says_what_is_new_and_inserts_nothing(page: Page, person: Person, stage: Stage) -> None:
    path = stage.run(person, "running")
    opened(page, "/runs/")
    stage.progress(path, 41)
    rows = page.locator(".runs-table tbody tr")
    expect(rows.first).to_contain_text("41 %", timeout=10_000)
    stage.complete(path, "all 3 verified")
    expect(rows.first).to_contain_text("all 3 verified", timeout=10_000)
    stage.run(person, "completed")
    stage.run(person, "pending")
    show = page.get_by_role("link", name="2 new runs: show")
    expect(show).to_be_visible(timeout=10_000)
    expect(rows).to_have_count(1)
    picture(page, "list-new-runs")
    assert page.evaluate("window.neverReloaded")

    show.click()

    expect(rows).to_have_count(3)


def test_without_streams_the_page_asks_and_says_so(page: Page, person: Person, stage: Stage) -> None:
    page.route(STREAM, lambda route: route.abort())
    path = stage.run(person, "running")
    opened(page, path, "Polling")
    stage.progress(path, 63, "a new line")
    expect(page.locator(STATUS)).to_contain_text("63 %")
    expect(page.get_by_role("log")).to_contain_text("a new line")
    expect(page.locator(CHIP)).to_contain_text("63 %")
    picture(page, "run-polling")
    # Where there is little room, what is as it should be is a dot; what is not is said.
    page.set_viewport_size({"width": 320, "height": 740})
    expect(page.get_by_text("Polling", exact=True)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    stage.complete(path, "all 3 verified")
    expect(page.locator(STATUS)).to_contain_text("all 3 verified")
    assert page.evaluate("window.neverReloaded")

    page.unroute(STREAM)

    expect(page.locator(STATE)).to_have_text("Live", timeout=30_000)


def test_a_stream_that_is_held_up_on_its_way_is_not_taken_for_one_that_lives(
    page: Page, person: Person, stage: Stage
) -> None:
    # Never answered, as by a proxy that waits for the whole of it.
    page.route(STREAM, lambda route: None)
    path = stage.run(person, "running")
    opened(page, path, "Polling")
    stage.progress(path, 63)
    expect(page.locator(STATUS)).to_contain_text("63 %")
    page.unroute(STREAM)


def test_a_page_finds_back_after_the_live_process_has_died(
    page: Page, person: Person, stage: Stage, site: Site
) -> None:
    path = stage.run(person, "running")
    opened(page, path)
    for process in site.processes("gunicorn_live"):
        process.send_signal(signal.SIGKILL)
    expect(page.locator(STATE)).to_have_text(re.compile("Reconnecting|Polling"))
    stage.progress(path, 63, "said meanwhile")
    expect(page.locator(STATUS)).to_contain_text("63 %", timeout=20_000)
    expect(page.locator(STATE)).to_have_text("Live", timeout=40_000)
    stage.progress(path, 64)
    expect(page.locator(STATUS)).to_contain_text("64 %")
    expect(page.get_by_role("log").get_by_text("said meanwhile")).to_have_count(1)
    assert page.evaluate("window.neverReloaded")


def test_a_hidden_page_rests_and_catches_up_when_it_is_looked_at(page: Page, person: Person, stage: Stage) -> None:
    path = stage.run(person, "running")
    opened(page, path)
    with page.expect_event("requestfailed", lambda request: bool(STREAM.search(request.url))):
        page.evaluate(HIDE, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    stage.progress(path, 63, "said meanwhile")
    stage.complete(path, "all 3 verified")
    assert "63 %" not in page.locator(STATUS).inner_text()
    assert asked == []

    page.evaluate(HIDE, False)

    expect(page.locator(STATUS)).to_contain_text("all 3 verified")
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.get_by_role("log").get_by_text("said meanwhile")).to_have_count(1)


def test_a_reader_can_pause_it(page: Page, person: Person, stage: Stage) -> None:
    path = stage.run(person, "running")
    opened(page, path)
    toggle = page.locator("[data-live-toggle]")
    with page.expect_event("requestfailed", lambda request: bool(STREAM.search(request.url))):
        toggle.click()
    expect(toggle).to_have_text("Paused")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    stage.progress(path, 63)
    assert "63 %" not in page.locator(STATUS).inner_text()

    toggle.click()

    expect(page.locator(STATUS)).to_contain_text("63 %")
    expect(toggle).to_have_text("Live")


def test_a_form_that_came_by_the_stream_can_be_sent(page: Page, person: Person, stage: Stage) -> None:
    path = stage.run(person, "running")
    opened(page, path)
    stage.complete(path, "done")
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda url: "/runs/" in url and path not in url)
    expect(page.locator(STATUS)).to_be_visible()


def test_whoever_is_signed_out_is_told_and_left_in_peace(browse: Browse, person: Person, stage: Stage) -> None:
    page = browse(person)
    page.route(STREAM, lambda route: route.abort())
    path = stage.run(person, "running")
    opened(page, path, "Polling")
    page.context.clear_cookies()
    expect(page.locator(STATE)).to_have_text("Signed out", timeout=10_000)
    assert page.evaluate("window.neverReloaded")
