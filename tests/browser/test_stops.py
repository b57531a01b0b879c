"""Stopping a run that does not want to end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.browser.watching import Browse, picture, rehearse

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]


def test_an_operator_stops_a_run_by_force_and_its_owner_sees_it_at_once(
    page: Page, operators_page: Page, stage: Stage
) -> None:
    address = rehearse(page, act="deafen", seconds=30)
    expect(page.locator("#_run_status")).to_contain_text("Running", timeout=20_000)

    operators_page.goto(address)
    operators_page.get_by_text("Force stop …").click()
    operators_page.get_by_label("Reason").last.fill("it does not listen")
    picture(operators_page, "force-stop")
    operators_page.get_by_role("button", name="Stop it by force").click()

    for each in (operators_page, page):
        expect(each.locator("#_run_status")).to_contain_text("Cancelled", timeout=20_000)
        expect(each.locator("#_run_status")).to_contain_text("it does not listen")
    assert stage.status(address) == "cancelled"


def test_whoever_asked_a_run_to_stop_is_told_by_when_it_has(page: Page, stage: Stage) -> None:
    address = rehearse(page, act="deafen", seconds=30)
    expect(page.locator("#_run_status")).to_contain_text("Running", timeout=20_000)

    page.keyboard.press("c")
    page.keyboard.type("seen enough")
    page.keyboard.press("Enter")

    expect(page.locator("#_run_status")).to_contain_text("Asked to stop", timeout=20_000)
    picture(page, "run-stopping")
    expect(page.locator("#_run_status")).to_contain_text("Cancelled", timeout=40_000)
    assert stage.status(address) == "cancelled"


def test_a_stranger_finds_nothing(browse: Browse, stage: Stage, person: Person) -> None:
    path = stage.run(person, "running")
    page = browse(stage.somebody())

    answer = page.goto(path)

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
