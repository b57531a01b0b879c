"""What a person does in the browser, from signing in to the result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import picture
from tests.sites import Site

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

RUN_PAGE = re.compile(r"/runs/[0-9a-f-]{36}/$")


@pytest.fixture(autouse=True)
def _slot_free(site: Site) -> Iterator[None]:
    """Tests share a user: whatever one left running ends before the next."""
    yield
    site.manage(
        "shell", "--no-imports", "-c",
        "from runs import lifecycle; from runs.models import AgentRun, User;"
        "by = User.objects.get(username='operator');"
        "[lifecycle.force_stop(run, by=by) for run in AgentRun.objects.waiting()];"
        "[lifecycle.force_stop(run, by=by) for run in AgentRun.objects.active()]",
    )  # fmt: skip


def rehearse(page: Page, act: str = "succeed", seconds: int = 30) -> str:
    """Trigger a rehearsal, and the address of its page."""
    page.goto("/agents/rehearsal/")
    page.get_by_label("Act", exact=True).select_option(act)
    page.get_by_label("Seconds").fill(str(seconds))
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    return page.url


def test_an_uploaded_document_is_extracted_and_its_values_are_shown(page: Page, letter: Path) -> None:
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(letter)
    expect(page.locator("output", has_text="Invoice 7.txt")).to_be_visible()
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

    expect(page.locator("output", has_text="dropped.txt")).to_be_visible()
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
    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_text("The file is empty.").first).to_be_visible()
    picture(page, "refused")


def test_everything_works_without_scripts(browser: Browser, site: Site, letter: Path) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Username").fill("user")
    page.get_by_label("Password").fill(site.passwords["user"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")

    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(letter)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    for _ in range(50):
        if "K-2031" in page.content():
            break
        page.reload()
    expect(page.get_by_text("K-2031").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(browser: Browser, site: Site, page: Page, scheme: str) -> None:
    run = rehearse(page, seconds=0)
    phone = browser.new_context(
        base_url=site.url,
        viewport={"width": 360, "height": 740},
        color_scheme=scheme,  # type: ignore[arg-type]
        storage_state=page.context.storage_state(),
    )
    small = phone.new_page()
    for name, path in (("home", "/"), ("agent", "/agents/document-extractor/"), ("run", run), ("runs", "/runs/")):
        small.goto(path)
        picture(small, f"phone-{scheme}-{name}")
        assert small.evaluate("document.documentElement.scrollWidth") <= 360, path
    phone.close()


def test_an_operator_finds_the_admin(context: object, site: Site, browser: Browser) -> None:
    opened = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    page = opened.new_page()
    page.goto("/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(site.passwords["operator"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")

    page.goto("/admin/")

    expect(page.get_by_role("heading", name="Operations")).to_be_visible()
    picture(page, "admin")
    opened.close()
