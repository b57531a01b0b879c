"""Writing a policy in a real browser: faults while typing, a trial, publishing; with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person
from tests.browser.watching import PHONE, Browse

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

SOURCE = """\
name: {name}
title: {name}
rules:
  - id: law
    kind: require
    title: The law is named
    phrases: [governing law]
"""


def test_policy_is_checked_tried_and_published(operators_page: Page) -> None:
    page = operators_page
    page.goto("/policies/new/")
    text, faults = page.get_by_label("Policy, in YAML or JSON"), page.locator("#_policy_faults")

    text.fill(SOURCE.format(name="browsed").replace("title: The", "titel: The"))
    expect(faults.get_by_role("link")).to_have_count(2)
    expect(faults).to_contain_text("there is no such key here")
    faults.get_by_role("link", name="Line 6").click()
    expect(text).to_be_focused()
    assert (
        text.evaluate("each => each.value.slice(each.selectionStart, each.selectionEnd)").strip().startswith("titel")
    )

    text.fill(SOURCE.format(name="browsed").rstrip())
    expect(faults).to_contain_text("1 rule, no faults.")
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("severity: advisory")
    assert text.input_value().endswith("\n    severity: advisory"), "the indentation is kept"
    page.keyboard.press("Tab")
    expect(text).not_to_be_focused()

    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#_policy_trial .finding")).to_have_count(1)
    expect(page.locator("#_policy_trial")).to_contain_text("Approved")

    page.get_by_label("Note").fill("The first.")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="browsed")).to_be_visible()
    expect(page.locator("#_policy_versions")).to_contain_text("The first.")


def test_policies_are_read_and_written_without_scripts(browse: Browse, operator: Person) -> None:
    page = browse(operator, viewport=PHONE, java_script_enabled=False)
    page.goto("/policies/new/")
    text = page.get_by_label("Policy, in YAML or JSON")
    text.fill(SOURCE.format(name="scriptless").replace("title: The", "titel: The"))
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#_policy_faults")).to_contain_text("there is no such key here")
    expect(text).to_have_value(SOURCE.format(name="scriptless").replace("title: The", "titel: The"))

    text.fill(SOURCE.format(name="scriptless"))
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#_policy_trial .finding")).to_have_count(1)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="scriptless")).to_be_visible()

    page.get_by_role("link", name="Edit", exact=True).click()
    text.fill(SOURCE.format(name="scriptless").replace("governing law", "law"))
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="What has changed").click()
    expect(page.locator("#_policy_changes ins").first).to_have_text("law")
