"""Pages as some people need them: enlarged, in the system's own colours, with wider text, without motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import Browse, picture

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
# Text that is cut off by its own box, unless it is meant to be: shortened by "…", hidden from sight, or scrolled.
CUT_OFF = """() => [...document.querySelectorAll("main :is(a, button, h1, h2, h3, p, label, .badge, dd, dt)")]
  .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, .clip, .skip-link"))
  .filter((element) => ["hidden", "clip"].includes(getComputedStyle(element).overflowX))
  .filter(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
    scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1)
  .map((element) => element.outerHTML.slice(0, 150))"""


@pytest.fixture
def addresses(stage: Stage, person: Person) -> dict[str, str]:
    done = stage.run(person, "completed")
    active = stage.run(person, "running")
    return {
        "home": "/",
        "runs": "/runs/",
        "run": done,
        "active": active,
        "agent": "/agents/document-extractor/",
        "profile": "/profile/",
        "webhooks": "/webhooks/",
    }


def test_twice_the_size_needs_no_sideways_scrolling(browse: Browse, person: Person, addresses: dict[str, str]) -> None:
    page = browse(person, viewport={"width": 640, "height": 450}, device_scale_factor=2)
    for name, address in addresses.items():
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, address
        picture(page, f"zoomed-{name}")


def test_wider_text_loses_nothing(page: Page, addresses: dict[str, str]) -> None:
    """WCAG 1.4.12."""
    for address in addresses.values():
        page.goto(address)
        page.evaluate(SPACING)
        assert page.evaluate(CUT_OFF) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, address


def test_forced_colours_keep_what_colour_says(page: Page, addresses: dict[str, str]) -> None:
    page.emulate_media(forced_colors="active")
    for name, address in addresses.items():
        page.goto(address)
        picture(page, f"forced-{name}")
    page.goto("/")
    first = page.locator("main .cover").first
    first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert first.evaluate("link => getComputedStyle(link, '::after').outlineStyle") == "solid"
    # A bar whose ground and filling are drawn in one colour says nothing.
    bar = page.locator("progress").first
    expect(bar).to_be_visible()
    assert bar.evaluate(
        "bar => getComputedStyle(bar).forcedColorAdjust === 'none' || getComputedStyle(bar).borderStyle !== 'none'"
    )


def test_less_motion_is_none(page: Page, addresses: dict[str, str]) -> None:
    page.emulate_media(reduced_motion="reduce")
    for address in addresses.values():
        page.goto(address)
        moving = page.evaluate("document.getAnimations().map((each) => each.effect.target?.outerHTML.slice(0, 120))")
        assert moving == [], address


def test_every_page_has_a_title_of_its_own_and_one_main_heading(page: Page, addresses: dict[str, str]) -> None:
    titles = []
    for address in addresses.values():
        page.goto(address)
        titles.append(page.title())
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("[role=status][aria-live=polite]").count() == 1
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()
    assert len(set(titles)) == len(titles), titles


def test_a_refusal_takes_the_focus_and_leads_to_the_field(page: Page) -> None:
    page.goto("/agents/rehearsal/")
    page.get_by_label("Seconds").fill("-1")
    page.locator("form.form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Run", exact=True).click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    expect(summary.get_by_role("link", name="Seconds")).to_be_focused()
    page.keyboard.press("Enter")

    field = page.get_by_label("Seconds")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("-1")
    complaint = page.locator(f"#{(field.get_attribute('aria-describedby') or '').split()[-1]}")
    expect(complaint).to_be_visible()
