"""Real documents, uploaded on the page; skipped where they are not at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from runs.documents import engine
from tests.browser.watching import upload
from tests.sites import ROOT

DOCUMENTS = ROOT.parent / "shared" / "documents"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the real documents are not here"),
]

WITHOUT_TEXT = re.compile("no text|picture|scan", re.IGNORECASE)
PROTECTED = re.compile("encrypted|password", re.IGNORECASE)
UNREADABLE = ("image-only.pdf", "password-protected.pdf")


def documents(*suffixes: str) -> list[Path]:
    return sorted(path for path in DOCUMENTS.glob("*") if path.suffix in suffixes and path.name != "empty.pdf")


def upload_and_wait(page: Page, document: Path) -> None:
    upload(page, document)
    expect(page.locator("[data-status=completed], [data-status=failed]").first).to_be_visible(timeout=60_000)


def output(page: Page) -> dict[str, Any]:
    answer: dict[str, Any] = page.request.get(f"{page.url}output.json").json()
    return answer


def test_every_readable_document_completes_and_its_quotes_stand_where_they_say(page: Page) -> None:
    for document in documents(".pdf", ".docx", ".html"):
        if document.name in UNREADABLE:
            continue
        upload_and_wait(page, document)
        expect(page.locator("[data-status=completed]").first).to_be_visible()
        answer = output(page)
        text = {shown["number"]: " ".join(shown["text"].split()) for shown in answer["pages"]}
        for field in answer["fields"]:
            if field["grounding"] == "verified":
                assert " ".join(field["quote"].split()) in text[field["page"]], (document.name, field)
        if document.name == "federal-register.pdf":
            assert len({field["page"] for field in answer["fields"]}) > 3


def test_the_invoices_true_values_are_found(page: Page) -> None:
    expected = json.loads((DOCUMENTS / "expected.json").read_text())
    missing = []
    for name, values in expected.items():
        upload_and_wait(page, DOCUMENTS / name)
        found = {field["name"]: field["normalised"] for field in output(page)["fields"]}
        missing += [(name, key, value, found.get(key)) for key, value in values.items() if found.get(key) != value]

    assert missing == []


def test_a_protected_document_is_refused_before_it_takes_the_slot(page: Page) -> None:
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(DOCUMENTS / "password-protected.pdf")

    expect(page.locator(".preflight")).to_contain_text(PROTECTED)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".complaints")).to_contain_text(PROTECTED)


def test_a_picture_of_no_text_never_completes_with_nothing(page: Page) -> None:
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(DOCUMENTS / "image-only.pdf")
    expect(page.locator(".preflight")).to_contain_text(WITHOUT_TEXT)
    page.get_by_role("button", name="Run", exact=True).click()

    if engine.program() is None:
        expect(page.locator(".complaints")).to_contain_text(WITHOUT_TEXT)
    else:
        expect(page.locator("[data-status=failed]").first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("no text was recognised").first).to_be_visible()
        expect(page.get_by_text("The run ended early")).to_have_count(0)


def test_an_empty_document_is_refused_at_the_form(page: Page) -> None:
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(DOCUMENTS / "empty.pdf")

    expect(page.get_by_text("The file is empty.").first).to_be_visible()
