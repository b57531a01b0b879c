"""Real documents, uploaded on the page; skipped where they are not at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watching import upload
from tests.sites import ROOT

DOCUMENTS = ROOT.parent / "shared" / "documents"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the real documents are not here"),
]

UNREADABLE = {
    "image-only.pdf": re.compile("no text|picture|scan", re.IGNORECASE),
    "password-protected.pdf": re.compile("encrypted|password", re.IGNORECASE),
}


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


def test_unreadable_documents_say_why(page: Page) -> None:
    for name, sentence in UNREADABLE.items():
        page.goto("/agents/document-extractor/")
        page.locator("input[type=file]").set_input_files(DOCUMENTS / name)
        # Before a run has taken the slot.
        expect(page.locator(".preflight")).to_contain_text(sentence)
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator(".complaints")).to_contain_text(sentence)


def test_an_empty_document_is_refused_at_the_form(page: Page) -> None:
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(DOCUMENTS / "empty.pdf")

    expect(page.get_by_text("The file is empty.").first).to_be_visible()
