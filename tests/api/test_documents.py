"""``/api/v1/documents``: uploading, listing, giving back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from runs import lifecycle
from runs.models import Document, SavedInput, User
from tests.api.scripts import Script

DOCUMENTS = "/api/v1/documents"
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"


def upload(script: Script, name: str = "lease.txt", content: bytes = b"A lease of a flat.") -> Any:
    return script.client.post(DOCUMENTS, {"file": SimpleUploadedFile(name, content)})


def test_upload_answers_the_document_and_where_it_is(script: Script, owner: User) -> None:
    response = upload(script)
    document = Document.objects.get()
    body = response.json()
    assert (response.status_code, response["Location"]) == (201, body["url"])
    assert body == {
        "id": str(document.pk),
        "name": "lease.txt",
        "url": f"http://testserver{DOCUMENTS}/{document.pk}",
        "sha256": document.sha256,
        "size": 18,
        "media_type": "text/plain",
        "kind": "plain text",
        "uploaded_at": body["uploaded_at"],
        "content_url": f"http://testserver{DOCUMENTS}/{document.pk}/content",
    }
    assert document.owner == owner
    assert script.get(body["url"]).json() == body


def test_same_content_is_the_same_document(script: Script) -> None:
    assert upload(script).json()["id"] == upload(script, "copy.txt").json()["id"]


@pytest.mark.parametrize(("name", "content"), [("a.txt", b""), ("a.pdf", b"\x7fELF\x02\x01\x01" + bytes(64))])
def test_upload_no_reader_is_for_is_refused_in_a_sentence(script: Script, name: str, content: bytes) -> None:
    response = upload(script, name, content)
    assert (response.status_code, response.json()["code"]) == (422, "document_refused")
    assert response.json()["detail"].endswith(".")
    assert not Document.objects.exists()


def test_upload_over_the_limit_is_refused(script: Script, settings: Settings) -> None:
    settings.DOCUMENT_LIMIT_MB = 1
    response = upload(script, content=b"x" * (1024 * 1024 + 1))
    assert (response.status_code, response.json()["code"]) == (422, "document_refused")


def test_request_far_over_the_limit_is_refused_unread(script: Script, settings: Settings) -> None:
    settings.DOCUMENT_LIMIT_MB = 1
    response = script.client.generic(
        "POST", DOCUMENTS, b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(10 * 1024 * 1024)
    )
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "declared", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 422),
        (b"x", "multipart/form-data", 400),
        (b"nonsense", "multipart/form-data; boundary=x", 422),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--',
            "multipart/form-data; boundary=x",
            422,
        ),
        (b'{"file": "x"}', "application/json", 415),
        (b"\xff\xfe", "text/plain", 415),
        (b"file=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_upload_is_refused_as_json(script: Script, body: bytes, declared: str, status: int) -> None:
    response = script.send(DOCUMENTS, body, declared)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    if status == 422:
        assert [error["loc"] for error in response.json()["errors"]] == [["body", "file"]]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\lease.txt", "lease.txt"),
        ("Mietvertrag – ü.txt", "Mietvertrag – ü.txt"),
    ],
)
def test_name_is_kept_without_its_path(script: Script, given: str, kept: str) -> None:
    assert upload(script, given).json()["name"] == kept


def test_content_is_downloaded_and_never_shown(script: Script) -> None:
    document = upload(script, 'a "page"\u2028.html', HTML).json()
    response = script.get(document["content_url"])
    assert b"".join(response.streaming_content) == HTML
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "private" in response["Cache-Control"]


def test_content_that_has_gone_is_not_found(script: Script) -> None:
    document = upload(script).json()
    Document.objects.get().file.storage.delete(Document.objects.get().file.name)
    response = script.get(document["content_url"])
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_list_is_read_page_by_page(script: Script, owner: User) -> None:
    Document.objects.bulk_create(
        Document(owner=owner, name=f"{number}", sha256=f"{number}", size=1, media_type="text/plain")
        for number in range(120)
    )
    Document.objects.update(uploaded_at=timezone.now())
    seen, cursor = [], ""
    for size in (50, 50, 20):
        page = script.get(DOCUMENTS, cursor=cursor).json()
        assert len(page["documents"]) == size
        seen += [document["name"] for document in page["documents"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(set(seen)) == 120


@pytest.mark.parametrize("parameters", [{"cursor": "nonsense"}, {"cursors": ""}])
def test_parameters_that_mean_nothing_are_refused(script: Script, parameters: dict[str, str]) -> None:
    assert script.get(DOCUMENTS, **parameters).status_code == 422


def test_document_nobody_uses_is_deleted_with_its_content(script: Script) -> None:
    document = upload(script).json()
    stored = Document.objects.get().file
    assert script.client.delete(document["url"]).status_code == 204
    assert not Document.objects.exists()
    assert not stored.storage.exists(stored.name)
    assert script.client.delete(document["url"]).status_code == 404


def test_document_of_a_run_or_a_saved_input_stays(script: Script, owner: User) -> None:
    url = upload(script).json()["url"]
    document = Document.objects.get()
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    refused = script.client.delete(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "document_in_use")
    run.delete()
    saved = SavedInput.objects.create(user=owner, agent="document-extractor", name="a", document=document, input={})
    assert script.client.delete(url).status_code == 409
    saved.delete()
    assert script.client.delete(url).status_code == 204
