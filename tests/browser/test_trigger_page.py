"""An agent's page: a document is looked at before the slot is taken, and nothing filled in is ever lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person
from tests.browser.watching import PHONE, RUN_PAGE, Browse, picture, rehearse, sign_in, upload
from tests.documents import making

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(120)]

EXTRACTOR = "/agents/document-extractor/"


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    lines = making.lines("Kestrel Ltd", "Invoice number K-2031", "The total amount of this invoice is EUR 120.50")
    return making.pdf(tmp_path / "invoice.pdf", lines, making.lines("The terms are on this page"))


@pytest.fixture
def locked(tmp_path: Path, invoice: Path) -> Path:
    return making.rewritten(invoice, tmp_path / "locked.pdf", password="open sesame")


def choose(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def drop(page: Page, content: str, name: str) -> None:
    dropped = page.evaluate_handle(
        """([content, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([content], name));
            return transfer;
        }""",
        [content, name],
    )
    page.locator("[data-drop-zone]").dispatch_event("drop", {"dataTransfer": dropped})


def press_run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def test_a_chosen_file_is_uploaded_once_and_looked_at(page: Page, invoice: Path) -> None:
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    page.goto(EXTRACTOR)
    choose(page, invoice)

    card = page.locator(".preflight")
    expect(card).to_contain_text(re.compile(r"Kind\s*PDF\s*Pages\s*2"))
    expect(card).to_contain_text("English")
    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("invoice.pdf")
    expect(page.locator("#announcer")).to_contain_text("Pages")
    sent.clear()
    press_run(page)

    page.wait_for_url(RUN_PAGE)
    # The document's id is sent with the form, not the document.
    assert any(sent)
    assert not any(b"%PDF" in body for body in sent)
    expect(page.get_by_text("120.50").first).to_be_visible(timeout=30_000)


def test_a_dropped_file_is_looked_at_and_run_on(page: Page) -> None:
    page.goto(EXTRACTOR)
    drop(page, "Invoice number: D-5\nTotal: EUR 7.00\n", "dropped.txt")

    expect(page.locator(".preflight")).to_contain_text("plain text")
    press_run(page)

    page.wait_for_url(RUN_PAGE)
    expect(page.get_by_text("D-5").first).to_be_visible(timeout=30_000)


def test_pasted_text_becomes_a_document(page: Page) -> None:
    page.goto(EXTRACTOR)
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "Invoice number P-9, total EUR 3.00");
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }"""
    )

    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("Pasted text.txt")
    expect(page.locator(".preflight")).to_contain_text("plain text")


def test_an_encrypted_file_is_told_before_a_run_and_refused(page: Page, locked: Path, invoice: Path) -> None:
    page.goto(EXTRACTOR)
    choose(page, locked)
    expect(page.locator(".preflight")).to_contain_text("save a copy without a password")

    press_run(page)

    expect(page.locator(".complaints")).to_contain_text("save a copy without a password")
    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("locked.pdf")
    # Another file replaces it.
    choose(page, invoice)
    expect(page.locator(".complaints")).to_have_count(0)
    press_run(page)
    page.wait_for_url(RUN_PAGE)


def test_a_file_that_is_too_large_is_not_even_sent(page: Page, tmp_path: Path) -> None:
    page.goto(EXTRACTOR)
    page.locator("[data-drop-zone]").evaluate("(zone) => { zone.dataset.largest = 10; }")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    large = tmp_path / "large.txt"
    large.write_text("more than ten bytes")
    choose(page, large)

    expect(page.locator("[data-drop-name]")).to_contain_text("it can not be taken")
    assert not [url for url in sent if "preflight" in url]


def test_run_pressed_while_the_file_is_on_its_way_waits_for_it(page: Page, invoice: Path) -> None:
    page.goto(EXTRACTOR)
    held: list[Any] = []
    page.route("**/preflight/**", lambda route: held.append(route))
    choose(page, invoice)
    expect(page.get_by_role("button", name="Cancel the upload")).to_be_visible()
    press_run(page)
    expect(page.locator("#announcer")).to_contain_text("as soon as the file has arrived")
    assert page.url.endswith(EXTRACTOR)

    held[0].continue_()

    page.wait_for_url(RUN_PAGE)


def test_an_upload_can_be_cancelled(page: Page, invoice: Path, complaints: list[str]) -> None:
    page.goto(EXTRACTOR)
    page.route("**/preflight/**", lambda route: None)
    choose(page, invoice)
    page.get_by_role("button", name="Cancel the upload").click()

    expect(page.get_by_role("button", name="Cancel the upload")).to_be_hidden()
    assert page.locator("input[type=file]").evaluate("(input) => input.files.length") == 0
    expect(page.locator("[data-drop-name]")).to_have_text("")
    complaints.clear()  # htmx notes that the upload was broken off, which is what was staged.


def test_an_upload_that_does_not_arrive_is_sent_with_the_form(
    page: Page, invoice: Path, complaints: list[str]
) -> None:
    page.goto(EXTRACTOR)
    page.route("**/preflight/**", lambda route: route.abort())
    choose(page, invoice)
    expect(page.locator("[data-drop-name]")).to_contain_text("The upload did not arrive.")

    press_run(page)

    page.wait_for_url(RUN_PAGE)
    expect(page.get_by_text("invoice.pdf").first).to_be_visible()
    complaints.clear()  # htmx says that the upload failed, which is what was staged.


def test_a_result_there_is_already_is_offered(page: Page, invoice: Path) -> None:
    done = upload(page, invoice)
    expect(page.get_by_text("120.50").first).to_be_visible(timeout=30_000)
    page.goto(EXTRACTOR)
    choose(page, invoice)
    card = page.locator(".preflight")
    expect(card).to_contain_text("exists for this document and input")
    # Another input is another result.
    page.get_by_label("Include the text of every page").uncheck()
    expect(card).not_to_contain_text("exists")
    page.get_by_label("Include the text of every page").check()
    expect(card).to_contain_text("exists")

    card.get_by_role("link", name="open it").click()

    assert page.url == done


@pytest.mark.parametrize("choice", ["watch", "wait", "replace", "draft"])
def test_a_conflict_leaves_four_ways(page: Page, invoice: Path, choice: str) -> None:
    active = rehearse(page)
    page.goto(EXTRACTOR)
    expect(page.get_by_text("Your run of the Rehearsal is active: you will be asked what to do.")).to_be_visible()
    choose(page, invoice)
    expect(page.locator(".preflight")).to_contain_text("PDF")
    press_run(page)
    card = page.locator("#_conflict")
    expect(card).to_contain_text("You already have a run in progress")

    match choice:
        case "watch":
            card.get_by_role("link", name="Watch it").click()
            page.wait_for_url(active)
        case "wait":
            card.get_by_role("button", name="Start mine when it ends").click()
            page.wait_for_url(RUN_PAGE)
            expect(page.get_by_text("Waiting").first).to_be_visible()
        case "replace":
            card.get_by_role("button", name="Stop it and start mine").click()
            page.wait_for_url(RUN_PAGE)
            expect(page.get_by_text("120.50").first).to_be_visible(timeout=30_000)
        case _:
            card.get_by_role("button", name="Keep as draft").click()
            expect(page.get_by_text("Kept as a draft.")).to_be_visible()
            expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("invoice.pdf")


def test_the_conflict_card_goes_with_the_run_and_offers_the_slot(page: Page) -> None:
    rehearse(page, seconds=6)
    page.goto("/agents/policy-checker/")
    press_run(page)
    card = page.locator("#_conflict")
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card).to_contain_text("Your slot is free again", timeout=30_000)

    card.get_by_role("button", name="Run now").click()

    page.wait_for_url(RUN_PAGE)


def test_a_draft_gets_a_name_and_fills_the_form(page: Page) -> None:
    page.goto("/agents/rehearsal/")
    page.get_by_label("Steps", exact=True).fill("9")
    page.get_by_role("button", name="Keep as draft").click()
    page.get_by_label("Name").fill("Nine steps")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Filled in with")).to_be_visible()
    page.goto("/agents/rehearsal/")
    page.get_by_role("link", name="Nine steps").first.click()
    expect(page.get_by_label("Steps", exact=True)).to_have_value("9")

    page.get_by_text("Rename or delete saved inputs").click()
    page.get_by_label("Name", exact=True).fill("Nine of them")
    page.get_by_role("button", name="Rename Nine steps").click()
    expect(page.get_by_role("link", name="Nine of them").first).to_be_visible()
    page.get_by_text("Rename or delete saved inputs").click()
    page.get_by_role("button", name="Delete Nine of them").click()
    expect(page.get_by_role("link", name="Nine of them")).to_have_count(0)


@pytest.mark.parametrize("by", ["form", "upload", "plain form"])
def test_an_expired_session_costs_a_sign_in_and_nothing_else(
    browse: Browse, person: Person, invoice: Path, by: str
) -> None:
    page = browse(java_script_enabled=by != "plain form")
    page.goto(EXTRACTOR)
    sign_in(page, person)
    page.get_by_label("Longest document").fill("44")
    if by == "form":
        choose(page, invoice)
        expect(page.locator(".preflight")).to_contain_text("PDF")
    page.context.clear_cookies(name="sessionid")
    if by != "form":
        choose(page, invoice)
    if by != "upload":
        press_run(page)
    page.wait_for_url(re.compile("/sign-in/"))

    sign_in(page, person)

    expect(page.get_by_text("Nothing has been lost: check and press Run.")).to_be_visible()
    expect(page.get_by_label("Longest document")).to_have_value("44")
    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("invoice.pdf")
    press_run(page)
    page.wait_for_url(RUN_PAGE)


def test_a_form_from_before_signing_in_elsewhere_is_kept(browse: Browse, person: Person) -> None:
    page = browse()
    page.goto("/agents/rehearsal/")
    sign_in(page, person)
    page.get_by_label("Steps", exact=True).fill("9")
    other = page.context.new_page()
    page.context.clear_cookies(name="sessionid")
    other.goto("/")
    sign_in(other, person)

    press_run(page)
    page.get_by_role("link", name="Back to the form").click()

    expect(page.get_by_label("Steps", exact=True)).to_have_value("9")
    press_run(page)
    page.wait_for_url(RUN_PAGE)


def test_without_scripts_a_doomed_file_is_refused_and_stays_chosen(
    browse: Browse, person: Person, locked: Path
) -> None:
    page = browse(person, java_script_enabled=False)
    page.goto(EXTRACTOR)
    choose(page, locked)
    page.get_by_label("Longest document").fill("44")
    press_run(page)

    expect(page.locator(".complaints")).to_contain_text("save a copy without a password")
    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("locked.pdf")
    expect(page.get_by_label("Longest document")).to_have_value("44")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_on_a_phone(browse: Browse, person: Person, invoice: Path, scheme: str) -> None:
    page = browse(person, viewport=PHONE, color_scheme=scheme)
    page.goto("/agents/rehearsal/")
    page.get_by_role("button", name="Keep as draft").click()
    page.get_by_label("Name").fill("W" * 60)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Filled in with")).to_be_visible()
    page.get_by_text("Rename or delete saved inputs").click()
    picture(page, f"trigger-saved-phone-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    rehearse(page)
    page.goto(EXTRACTOR)
    choose(page, invoice)
    expect(page.locator(".preflight")).to_contain_text("PDF")
    press_run(page)
    expect(page.locator("#_conflict")).to_be_visible()
    picture(page, f"trigger-conflict-phone-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
