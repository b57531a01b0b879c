"""The operators' status page and the charts: at every width and in both themes, kept fresh, and pausing from there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import DESKTOP, PHONE, Browse, picture

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

HISTORY = "/agents/rehearsal/history/"


@pytest.fixture
def _ran(stage: Stage, person: Person, operator: Person) -> None:
    """A day with every outcome in it, for each of the two."""
    for somebody in (person, operator):
        for status in ("completed", "completed", "failed", "cancelled"):
            stage.run(somebody, status)


@pytest.mark.usefixtures("_ran")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_whole(browse: Browse, operator: Person, scheme: str, viewport: dict[str, int]) -> None:
    page = browse(operator, viewport=viewport, color_scheme=scheme)
    for name, path in (("status", "/status/"), ("agent-history", HISTORY)):
        page.goto(path)
        expect(page.locator("#chart-outcomes svg[role=img]")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert leaving(page) == []
        picture(page, f"{name}-{viewport['width']}-{scheme}")


def leaving(page: Page) -> list[str]:
    """What of the drawings sticks out of its card."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".chart-figure")].flatMap((figure) => {
            const frame = figure.getBoundingClientRect();
            return [...figure.querySelectorAll("svg text, svg rect, svg circle")]
                .map((each) => [each, each.getBoundingClientRect()])
                .filter(([, box]) => box.width && (box.left < frame.left || box.right > frame.right
                    || box.top < frame.top || box.bottom > frame.bottom))
                .map(([each]) => `${figure.id}: ${each.textContent || each.outerHTML}`);
        })"""
    )
    return found


@pytest.mark.usefixtures("_ran")
def test_an_agents_page_ends_with_its_charts_once_somebody_comes_there(browse: Browse, person: Person) -> None:
    page = browse(person)
    page.goto("/agents/rehearsal/")

    page.keyboard.press("End")
    expect(page.locator("#chart-outcomes svg[role=img]")).to_be_visible()

    page.get_by_role("link", name="7 days").click()
    expect(page).to_have_url(re.compile(f"{HISTORY}\\?days=7"))


@pytest.mark.usefixtures("_ran")
def test_the_table_behind_a_chart_works_without_javascript(browse: Browse, person: Person) -> None:
    page = browse(person, java_script_enabled=False)
    page.goto(HISTORY)
    figure = page.locator("#chart-outcomes")

    figure.get_by_text("Show as a table").click()
    today = figure.get_by_role("row").nth(1)

    expect(today.get_by_role("cell")).to_have_text(["2", "1", "1", "4"])
    page.get_by_role("link", name="7 days").click()
    expect(figure.locator(".chart-day")).to_have_count(7)


def test_the_page_keeps_itself_fresh(operators_page: Page, stage: Stage, person: Person) -> None:
    operators_page.goto("/status/")
    read = operators_page.locator("#_status_figures .section-head time").first
    first = read.get_attribute("datetime")

    expect(read).not_to_have_attribute("datetime", first or "", timeout=10_000)

    expect(operators_page.locator("#_status_verdict")).to_contain_text("workers")


def test_an_agent_is_paused_and_resumed_from_the_page(operators_page: Page, page: Page) -> None:
    operators_page.goto("/status/")
    agents = operators_page.locator("#_status_agents")
    agents.get_by_text("Pause Policy checker …").click()
    operators_page.get_by_label("Reason").locator("visible=true").fill("Back at noon.")
    picture(operators_page, "status-pausing")
    operators_page.get_by_role("button", name="Pause Policy checker", exact=True).click()

    expect(agents).to_contain_text("Paused: Back at noon.")
    page.goto("/agents/policy-checker/")
    expect(page.get_by_text("Policy checker is paused: Back at noon.")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    picture(page, "agent-paused")

    operators_page.get_by_role("button", name="Resume Policy checker").click()

    expect(agents).not_to_contain_text("Back at noon.")
    operators_page.goto("/agents/policy-checker/history/")
    expect(operators_page.locator("#_agent_events li")).to_have_count(2)
