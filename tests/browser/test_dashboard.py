"""What a person does in the browser, from signing in to the result."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person
from tests.browser.watching import PHONE, RUN_PAGE, Browse, picture, pictures, rehearse, sign_in, upload

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


def test_a_file_can_be_dropped_on_the_form(page: Page) -> None:
    page.goto("/agents/document-extractor/")
    dropped = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["Invoice number: D-5\\nTotal: EUR 7.00\\n"], "dropped.txt"));
            return transfer;
        }"""
    )
    page.locator("input[type=file]").locator("xpath=..").dispatch_event("drop", {"dataTransfer": dropped})

    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("dropped.txt")
    page.get_by_role("button", name="Run", exact=True).click()

    page.wait_for_url(RUN_PAGE)
    expect(page.get_by_text("D-5").first).to_be_visible(timeout=15_000)


def test_a_run_is_watched_live_and_cancelled(page: Page) -> None:
    rehearse(page)
    expect(page.get_by_text("Running").first).to_be_visible(timeout=15_000)
    expect(page.get_by_role("log")).to_contain_text("step", timeout=15_000)
    picture(page, "run-live")

    page.get_by_text("Cancel", exact=False).first.click()
    reason = page.get_by_label("Reason")
    if reason.count():
        reason.first.fill("seen enough")
    page.get_by_role("button", name=re.compile("Cancel|Stop")).last.click()

    expect(page.get_by_text("Cancelled").first).to_be_visible(timeout=20_000)
    picture(page, "run-cancelled")


def test_a_conflict_keeps_the_upload_and_offers_to_wait(page: Page, letter: Path) -> None:
    active = rehearse(page)
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(letter)
    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_text("You already have a run in progress")).to_be_visible()
    expect(page.get_by_role("option", name=re.compile("Invoice 7.txt")).first).to_be_attached()
    picture(page, "conflict")
    page.get_by_role("button", name="Start mine when it ends").click()

    page.wait_for_url(RUN_PAGE)
    assert page.url != active
    expect(page.get_by_text("Waiting").first).to_be_visible()
    picture(page, "run-waiting")


def test_a_conflict_offers_to_replace(page: Page) -> None:
    rehearse(page)
    page.goto("/agents/policy-checker/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Stop it and start mine").click()

    page.wait_for_url(RUN_PAGE)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=30_000)
    picture(page, "run-policy")


def test_a_refused_file_is_said_next_to_the_field(page: Page, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(empty)
    expect(page.get_by_text("The file is empty.").first).to_be_visible()

    page.get_by_role("button", name="Run", exact=True).click()

    # Not run on the sample instead.
    expect(page.get_by_text("Your file was not taken").first).to_be_visible()
    picture(page, "refused")


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(browse: Browse, person: Person, page: Page, scheme: str) -> None:
    run = rehearse(page, seconds=0)
    small = browse(person, viewport=PHONE, color_scheme=scheme)
    for name, path in (("home", "/"), ("agent", "/agents/document-extractor/"), ("run", run), ("runs", "/runs/")):
        small.goto(path)
        picture(small, f"phone-{scheme}-{name}")
        assert small.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_an_operator_finds_the_admin(operators_page: Page) -> None:
    operators_page.goto("/admin/")

    expect(operators_page.get_by_role("heading", name="Operations")).to_be_visible()
    pictures(operators_page, "admin")
