"""What is known of a document before a run takes the slot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs import lifecycle, policies, preflight, uploads
from runs.models import AgentRun, Document, User
from tests import acting
from tests.documents import making
from tests.pages.reading import chosen, control, soup, text, upload

EXTRACTOR = reverse("agent", args=["document-extractor"])
PREFLIGHT = reverse("agent_preflight", args=["document-extractor", "document"])


def form(**changes: Any) -> dict[str, Any]:
    return {"document": "", "max_pages": "2000", "include_text": "on", **changes}


def card(response: Any) -> str:
    found = soup(response).select_one("#_preflight_document")
    assert found is not None
    return " ".join(found.get_text(" ").split())


@pytest.fixture
def locked(tmp_path: Path) -> bytes:
    """An encrypted PDF."""
    plain = making.pdf(tmp_path / "plain.pdf", making.lines("A secret"))
    return making.rewritten(plain, tmp_path / "locked.pdf", password="open sesame").read_bytes()


@pytest.fixture
def letter(tmp_path: Path) -> bytes:
    lines = making.lines("The invoice is due and the total amount of it is to be paid by you")
    return making.pdf(tmp_path / "letter.pdf", lines, lines).read_bytes()


def completed(owner: User, document: Document, **changes: Any) -> AgentRun:
    values = {"document": str(document.pk), "max_pages": 2000, "include_text": True, **changes}
    run = lifecycle.trigger(owner, "document-extractor", values)
    return lifecycle.complete(acting.started(run), "extracted", {"a": 1}, "9 values on 1 page")


def test_an_upload_is_kept_chosen_and_looked_at_without_a_run(page: Client, owner: User, letter: bytes) -> None:
    response = page.post(PREFLIGHT, form(**{"document-file": upload(letter, "letter.pdf")}))
    document = Document.objects.get(owner=owner)
    assert chosen_in(response) == str(document.pk)
    assert card(response).startswith("Kind PDF Pages 2 Size")
    assert "Text Yes" in card(response)
    assert "English" in card(response)
    known = {"pages": 2, "text": "text", "language": "en", "is_encrypted": False, "is_scan": False, "refusal": ""}
    assert document.facts == known
    assert not AgentRun.objects.exists()


def chosen_in(response: Any) -> str:
    option = soup(response).select_one("select[name=document] option[selected]")
    assert option is not None
    return str(option["value"])


def test_a_document_is_looked_at_once(owner: User, settings: LazySettings, letter: bytes) -> None:
    document = uploads.keep(upload(letter), owner)
    preflight.look(document)
    document.refresh_from_db()
    document.file.storage.delete(document.file.name)
    again = preflight.look(document)
    assert again.facts is not None
    assert again.facts.pages == 2


@pytest.mark.parametrize("is_form", [True, False], ids=["form", "preflight"])
def test_a_doomed_document_is_said_so_kept_and_not_run_on(
    page: Client, owner: User, locked: bytes, is_form: bool
) -> None:
    sent = form(max_pages="7", **{"document-file": upload(locked, "locked.pdf")})
    response = page.post(EXTRACTOR if is_form else PREFLIGHT, sent)
    assert response.status_code == (422 if is_form else 200)
    assert "save a copy without a password" in text(response)
    assert "encrypted" in card(response)
    document = Document.objects.get(owner=owner)
    assert chosen_in(response) == str(document.pk)
    if is_form:
        assert control(response, "max_pages")["value"] == "7"
    assert page.post(EXTRACTOR, form(document=str(document.pk))).status_code == 422
    assert not AgentRun.objects.exists()


def test_too_many_pages_are_refused_by_the_limit_of_today(
    page: Client, owner: User, letter: bytes, settings: LazySettings
) -> None:
    document = uploads.keep(upload(letter), owner)
    assert "at most" not in card(page.post(PREFLIGHT, form(document=str(document.pk))))
    settings.DOCUMENT_PAGE_LIMIT = 1
    assert "The document has 2 pages and at most 1 are read" in card(
        page.post(PREFLIGHT, form(document=str(document.pk)))
    )
    assert page.post(EXTRACTOR, form(document=str(document.pk))).status_code == 422


def test_what_no_reader_is_for_is_refused_at_once(page: Client) -> None:
    response = page.post(PREFLIGHT, form(**{"document-file": upload(b"\x1f\x8b\x08" + bytes(64), "x.pdf")}))
    assert response.status_code == 200
    assert "This is a gzip archive." in text(response)
    assert not Document.objects.exists()


def test_whoever_sent_a_file_that_was_not_taken_does_not_run_on_the_sample(page: Client, owner: User) -> None:
    for url in (PREFLIGHT, EXTRACTOR):
        response = page.post(url, form(**{"document-file": upload(b"", "x.pdf")}))
        assert "The file is empty." in text(response)
        hasty = page.post(EXTRACTOR, form(document=chosen_in(response)))
        assert hasty.status_code == 422
        assert "Your file was not taken" in text(hasty)
        assert not AgentRun.objects.exists()
    assert page.post(EXTRACTOR, form()).status_code == 302


def test_a_result_of_the_same_document_and_input_is_offered(page: Client, owner: User) -> None:
    document = uploads.keep(upload(), owner)
    earlier = completed(owner, document)
    response = page.post(PREFLIGHT, form(**{"document-file": upload(name="the same under another name.txt")}))
    assert "9 values on 1 page" in card(response)
    assert soup(response).select_one(f"#_preflight_document a[href='{reverse('run', args=[earlier.pk])}']")
    # Run anyway.
    assert page.post(EXTRACTOR, form(document=str(document.pk))).status_code == 302


@pytest.mark.parametrize("difference", ["input", "version", "status", "user", "policy"])
def test_a_result_that_differs_in_anything_is_not_offered(
    page: Client, owner: User, stranger: User, difference: str
) -> None:
    document = uploads.keep(upload(), owner)
    earlier = completed(owner, document)
    changes: dict[str, dict[str, Any]] = {
        "input": {"input": {**earlier.input, "max_pages": 5}},
        "version": {"agent_version": "0.9"},
        "status": {"status": "failed"},
        "user": {"user": stranger},
        "policy": {"policy": policies.resolve("contract-basics")},
    }
    AgentRun.objects.filter(pk=earlier.pk).update(**changes[difference])
    assert "open it" not in card(page.post(PREFLIGHT, form(document=str(document.pk))))


def test_strangers_documents_are_not_looked_at(page: Client, stranger: User) -> None:
    theirs = uploads.keep(upload(b"secret of a stranger"), stranger)
    response = page.post(PREFLIGHT, form(document=str(theirs.pk)))
    assert card(response) == ""
    theirs.refresh_from_db()
    assert theirs.facts is None


def test_a_hostile_answer_of_the_process_is_not_believed(page: Client, owner: User) -> None:
    document = uploads.keep(upload(), owner)
    hostile = {"pages": -1, "text": "<b>", "language": None, "is_encrypted": False, "refusal": "x" * 10_000}
    Document.objects.filter(pk=document.pk).update(facts=hostile)
    response = page.get(EXTRACTOR)
    assert response.status_code == 200
    response = page.post(PREFLIGHT, form(document=str(document.pk)))
    assert "Text Yes" in card(response), "it was not looked at again"


def test_unknown_fields_have_no_preflight(page: Client) -> None:
    assert page.post(reverse("agent_preflight", args=["document-extractor", "max_pages"]), form()).status_code == 404
    assert page.post(reverse("agent_preflight", args=["nobody", "document"]), form()).status_code == 404
    assert page.get(PREFLIGHT).status_code == 405


def test_the_page_says_how_long_runs_usually_take(page: Client, owner: User) -> None:
    assert "Usually takes" not in text(page.get(EXTRACTOR))
    for _ in range(3):
        completed(owner, uploads.keep(upload(), owner))
    assert "Usually takes about 1 s (the last 3 runs)." in text(page.get(EXTRACTOR))


def test_the_button_says_what_will_happen(page: Client, owner: User) -> None:
    sentence = "Your run of the Rehearsal is active: you will be asked what to do."
    assert sentence not in text(page.get(EXTRACTOR))
    acting.running(owner)
    assert sentence in text(page.get(EXTRACTOR))


@pytest.mark.parametrize("agent", ["document-extractor", "policy-checker", "rehearsal"])
def test_the_page_costs_few_queries(page: Client, owner: User, agent: str) -> None:
    document = uploads.keep(upload(), owner)
    run = completed(owner, document)
    acting.running(owner)
    url = reverse("agent", args=[agent])
    page.get(url)  # Installs the bundled policies.
    with CaptureQueriesContext(connection) as queries:
        page.get(url, {"run": run.pk})
    assert len(queries) <= 12, "\n".join(query["sql"][:90] for query in queries)
    with CaptureQueriesContext(connection) as queries:
        page.get(url)
    assert len(queries) <= 10, "\n".join(query["sql"][:90] for query in queries)


def test_a_chosen_document_is_still_chosen(page: Client, owner: User) -> None:
    run = completed(owner, uploads.keep(upload(), owner))
    assert chosen(page.get(EXTRACTOR, {"run": run.pk}), "document") == str(run.document_id)
