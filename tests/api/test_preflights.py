"""``/api/v1/agents/{name}/preflight``: what a script learns of a document before its run takes the slot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from runs import lifecycle, uploads
from runs.models import AgentRun, ApiToken, Document, Scope, User
from tests import acting
from tests.api.scripts import Script
from tests.documents.making import lines, pdf

URL = "/api/v1/agents/document-extractor/preflight"


def kept(owner: User, folder: Path) -> Document:
    sentence = "The invoice is due for payment within thirty days of the date that is stated on it."
    content = pdf(folder / "a.pdf", lines(sentence, "Please pay the total amount to the account below.")).read_bytes()
    return uploads.keep(SimpleUploadedFile("invoice.pdf", content), owner)


def asked(document: Document) -> dict[str, Any]:
    return {"input": {"document": str(document.pk)}}


def test_document_is_looked_at_and_no_run_is_made(script: Script, owner: User, tmp_path: Path) -> None:
    document = kept(owner, tmp_path)
    said = script.post(URL, asked(document)).json()
    assert said["document"]["name"] == "invoice.pdf"
    assert said["facts"] == {
        "kind": "PDF",
        "size": document.size,
        "pages": 1,
        "text": "text",
        "language": "en",
        "is_encrypted": False,
    }
    assert (said["refusal"], said["usual"], said["earlier_run"]) == (None, None, None)
    assert not AgentRun.objects.exists()


def test_result_that_is_there_already_is_named(script: Script, owner: User, tmp_path: Path) -> None:
    document = kept(owner, tmp_path)
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    lifecycle.complete(acting.started(run), "extracted", {}, "two values")
    earlier = script.post(URL, asked(document)).json()["earlier_run"]
    assert (earlier["id"], earlier["summary"]) == (str(run.pk), "two values")
    assert script.get(earlier["url"]).json()["id"] == str(run.pk)
    other = {"input": {"document": str(document.pk), "include_text": False}}
    assert script.post(URL, other).json()["earlier_run"] is None


def test_document_no_run_can_read_is_refused_beforehand(script: Script, owner: User) -> None:
    document = uploads.keep(SimpleUploadedFile("a.pdf", b"%PDF-1.7\nnothing more"), owner)
    said = script.post(URL, asked(document)).json()
    assert said["refusal"]
    assert said["facts"]["text"] is None


def test_without_a_document_it_is_the_samples_turn(script: Script) -> None:
    said = script.post(URL).json()
    assert (said["agent"], said["document"], said["facts"]) == ("document-extractor", None, None)


def test_input_is_checked_as_a_trigger_does(script: Script, stranger: User, tmp_path: Path) -> None:
    theirs = kept(stranger, tmp_path)
    for body in (asked(theirs), {"input": {"odd": 1}}):
        assert (
            script.post(URL, body).json()["errors"]
            == script.post("/api/v1/runs", {"agent": "document-extractor", **body}).json()["errors"]
        )
    assert script.post("/api/v1/agents/nobody/preflight").status_code == 404


def test_token_that_may_not_read_is_told_nothing(owner: User, tmp_path: Path) -> None:
    writer = Script(ApiToken.issue(owner, "writer", scopes=[Scope.RUNS_WRITE])[1])
    assert writer.post(URL, asked(kept(owner, tmp_path))).status_code == 403
