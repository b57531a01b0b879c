"""The site by keyboard alone: a whole journey, and the keys of the map."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import RUN_PAGE, Browse, pictures

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]


def tab_to(page: Page, goal: Locator, *, most: int = 60) -> None:
    """Press Tab until ``goal`` has the focus, which must be in sight and not covered all the way there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if goal.evaluate("goal => goal === document.activeElement"):
            return
    raise AssertionError(f"{goal} is not within {most} tabs")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_from_signing_in_to_a_result_without_a_mouse(browse: Browse, person: Person, letter: Path) -> None:
    page = browse()
    page.goto("/")
    tab_to(page, page.get_by_label("Username"))
    page.keyboard.type(person.name)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(person.password)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="What you can run")).to_be_visible()

    press(page, "n")
    expect(page.get_by_role("navigation").get_by_role("link", name="Document extractor")).to_be_focused()
    press(page, "Enter")
    file = page.locator("input[type=file]")
    # Asked for well before the key: the browser learns of keys and of who waits for its choosers on different ways.
    with page.expect_file_chooser() as chooser:
        tab_to(page, file)
        press(page, "Enter")
    chooser.value.set_files(letter)
    tab_to(page, page.get_by_role("button", name="Run", exact=True))
    press(page, "Enter")

    page.wait_for_url(RUN_PAGE)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=20_000)
    expect(page.get_by_text("K-2031").first).to_be_visible()


def test_rows_are_walked_and_opened(page: Page, stage: Stage, person: Person) -> None:
    older, newer = stage.run(person, "completed"), stage.run(person, "failed")
    press(page, "g", "r")
    page.wait_for_url("**/runs/")

    press(page, "j")
    expect(page.locator(f"main a[href='{newer}']").first).to_be_focused()
    press(page, "j", "j")
    expect(page.locator(f"main a[href='{older}']").first).to_be_focused()
    press(page, "k", "k", "k")
    expect(page.locator(f"main a[href='{newer}']").first).to_be_focused()
    press(page, "Enter")

    page.wait_for_url(f"**{newer}")


def test_keys_are_letters_while_somebody_types(page: Page) -> None:
    page.goto("/runs/")
    search = page.get_by_label("Search")
    press(page, "/")
    expect(search).to_be_focused()

    page.keyboard.type("jgr?n")

    expect(search).to_have_value("jgr?n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("/runs/")


def test_keys_rest_with_a_modifier_and_after_a_broken_sequence(page: Page) -> None:
    page.goto("/agents/rehearsal/")

    press(page, "Control+k", "Alt+n", "g", "x", "r")

    expect(page.locator("details[open]")).to_have_count(0)
    assert page.url.endswith("/agents/rehearsal/")


def test_the_help_lists_what_works_here_and_gives_the_focus_back(page: Page, stage: Stage, person: Person) -> None:
    path = stage.run(person, "completed")
    page.goto(path)
    again = page.get_by_role("button", name="Run again")
    again.focus()

    press(page, "?")

    help = page.get_by_role("dialog", name="Keyboard")
    expect(help).to_be_visible()
    expect(help).to_contain_text("Run again")
    expect(help).not_to_contain_text("Cancel the run")
    pictures(page, "keyboard-help")
    press(page, "g", "h", "Escape")
    expect(help).to_be_hidden()
    expect(again).to_be_focused()
    assert page.url.endswith(path)
    page.goto("/runs/")
    press(page, "?")
    expect(help).to_contain_text("Next and previous row")
    expect(help).not_to_contain_text("Run again")


def test_the_keys_can_be_switched_off_and_stay_off(page: Page, person: Person) -> None:
    press(page, "?")
    page.get_by_label("Use single keys").uncheck()
    press(page, "Escape")

    page.reload()
    press(page, "?", "g", "r", "n")
    expect(page.locator("details[open], dialog[open]")).to_have_count(0)
    expect(page.locator("[aria-keyshortcuts]")).to_have_count(0)

    # The way back is in the menu, and closing gives the focus back to it.
    menu = page.locator("summary").filter(has_text=person.name)
    menu.focus()
    press(page, "Enter")
    tab_to(page, page.get_by_role("button", name="Keyboard"))
    press(page, "Enter")
    page.get_by_label("Use single keys").check()
    press(page, "Escape")
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/runs/")


def test_a_run_is_cancelled_only_once_it_has_been_confirmed(page: Page, stage: Stage, person: Person) -> None:
    path = stage.run(person, "waiting")
    page.goto(path)

    press(page, "c")
    assert stage.status(path) == "waiting"
    page.keyboard.type("changed my mind")
    press(page, "Enter")

    expect(page.get_by_text("changed my mind").first).to_be_visible()
    assert stage.status(path) == "cancelled"


def test_a_card_is_cancelled_from_home_only_once_it_has_been_confirmed(
    page: Page, stage: Stage, person: Person
) -> None:
    path = stage.run(person, "waiting")
    page.goto("/")
    page.locator(f"main a[href='{path}']").first.focus()

    press(page, "c")
    expect(page.locator("#announcer")).to_have_text(re.compile("Press Enter"))
    assert stage.status(path) == "waiting"
    press(page, "Enter")

    page.wait_for_url("**/runs/**")
    assert stage.status(path) == "cancelled"


def test_a_run_is_asked_for_again(page: Page, stage: Stage, person: Person) -> None:
    path = stage.run(person, "failed")
    page.goto(path)

    press(page, "r")

    page.wait_for_url(lambda url: bool(RUN_PAGE.search(url)) and not url.endswith(path))


def test_live_updates_are_paused_and_go_on(page: Page) -> None:
    live = page.locator("#_live")
    expect(live).to_have_text("Live", timeout=20_000)

    press(page, "p")
    expect(live).to_have_text("Paused")
    press(page, "p")
    expect(live).to_have_text("Live", timeout=20_000)


def test_every_focus_is_in_sight_and_nothing_keeps_it(page: Page, stage: Stage, person: Person) -> None:
    """Tab goes through the whole page and out of it, and shows where it is (WCAG 2.1.2, 2.4.7, 2.4.11)."""
    path = stage.run(person, "completed")
    for address in ("/", "/runs/", path, "/agents/document-extractor/"):
        page.goto(address)
        seen = []
        for _ in range(150):
            page.keyboard.press("Tab")
            where = page.evaluate(
                """() => {
                    const focused = document.activeElement;
                    if (focused === document.body) return null;
                    const box = focused.getBoundingClientRect();
                    const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                    const isPart = at && (focused.contains(at) || at.contains(focused) || at.closest(".drop-zone"));
                    const after = getComputedStyle(focused, "::after");
                    const ring = [getComputedStyle(focused), after, getComputedStyle(focused.parentElement)]
                        .some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1);
                    return { name: focused.outerHTML.slice(0, 120), inSight: isPart, hasRing: ring };
                }"""
            )
            if where is None:
                break
            seen.append(where)
        else:
            raise AssertionError(f"no way out of {address}")
        assert len(seen) > 5
        assert [each["name"] for each in seen if not (each["inSight"] and each["hasRing"])] == [], address
