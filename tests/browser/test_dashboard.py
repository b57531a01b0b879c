"""What a person does in the browser, from signing in to the result."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person
from tests.browser.watching import RUN_PAGE, Browse, picture, pictures, rehearse, sign_in, upload

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]


def test_signing_in_leads_to_where_one_wanted_to_go(browse: Browse, person: Person) -> None:
    page = browse()
    page.goto("/runs/?status=failed")
    pictures(page, "sign-in")

    sign_in(page, person)

    assert page.url.endswith("/runs/?status=failed")


def test_an_uploaded_document_is_extracted_and_its_values_are_shown(page: Page, letter: Path) -> None:
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(letter)
    expect(page.locator(".preflight")).to_contain_text("plain text")
    picture(page, "agent")

    page.get_by_role("button", name="Run", exact=True).click()

    page.wait_for_url(RUN_PAGE)
    # No reload: the page brings itself up to date.
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=15_000)
    expect(page.get_by_role("cell", name=re.compile("K-2031")).first).to_be_visible(timeout=15_000)
    expect(page.get_by_text("120.50").first).to_be_visible()
    picture(page, "run")
    page.goto("/")
    expect(page.get_by_role("row").filter(has_text="Invoice 7.txt").first).to_contain_text("Completed")


def test_a_run_is_watched_live_and_cancelled(page: Page) -> None:
    rehearse(page)
    expect(page.get_by_text("Running").first).to_be_visible(timeout=15_000)
    expect(page.get_by_role("log")).to_contain_text("step", timeout=15_000)
    picture(page, "run-live")

    page.get_by_text("Cancel …").click()
    page.get_by_label("Reason").fill("seen enough")
    page.get_by_role("button", name="Cancel the run").click()

    expect(page.get_by_text("Cancelled").first).to_be_visible(timeout=20_000)
    picture(page, "run-cancelled")


def test_everything_works_without_scripts(browse: Browse, person: Person, letter: Path) -> None:
    page = browse(java_script_enabled=False)
    page.goto("/")
    sign_in(page, person)

    upload(page, letter)

    for _ in range(50):
        if "K-2031" in page.content():
            break
        page.reload()
    expect(page.get_by_text("K-2031").first).to_be_visible()


def test_an_operator_finds_the_admin(operators_page: Page) -> None:
    operators_page.goto("/admin/")

    expect(operators_page.get_by_role("heading", name="Operations")).to_be_visible()
    pictures(operators_page, "admin")
