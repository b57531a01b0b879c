"""``HEAD``: what ``GET`` answers, without a body, as a server sends it. Who is answered what: tests/matrix."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from runs import uploads
from runs.models import ApiToken, AuditEntry, User
from tests import acting
from tests.api.scripts import Script
from tests.wsgi import one_connection, whole


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    with one_connection():
        yield


@pytest.fixture
def key(owner: User) -> str:
    return f"Bearer {ApiToken.issue(owner, 'a test')[1]}"


def ask(method: str, path: str, key: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body, as they would go over the wire."""
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": key,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    said: list[Any] = []
    body = b"".join(whole(environ, lambda status, headers, exc_info=None: said.append((status, dict(headers)))))
    return *said[-1], body


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/runs?text=x", "/api/v1/runs?texts=x", "/api/v1/nothing"])
def test_body_is_left_out_and_its_length_told(key: str, path: str) -> None:
    status, headers, body = ask("GET", path, key)
    head_status, head_headers, nothing = ask("HEAD", path, key)
    assert (head_status, head_headers["Content-Type"]) == (status, headers["Content-Type"])
    assert head_headers["Content-Length"] == str(len(body))
    assert nothing == b""


def test_file_is_described_and_not_read(owner: User, key: str) -> None:
    document = uploads.keep(SimpleUploadedFile("a.txt", b"some text"), owner)
    status, headers, body = ask("HEAD", f"/api/v1/documents/{document.pk}/content", key)
    assert (status, headers["Content-Length"], body) == ("200 OK", "9", b"")
    assert 'filename="a.txt"' in headers["Content-Disposition"]
    assert not AuditEntry.objects.filter(action="document.downloaded").exists()


def test_log_is_not_read(owner: User, key: str) -> None:
    status, headers, body = ask("HEAD", f"/api/v1/runs/{acting.completed(owner).pk}/log", key)
    assert (status, headers["Content-Type"], body) == ("200 OK", "text/plain; charset=utf-8", b"")


def test_what_has_not_changed_is_said_to_be_so(script: Script, owner: User) -> None:
    url = f"/api/v1/runs/{acting.completed(owner).pk}"
    known = script.client.head(url)["ETag"]
    assert script.client.head(url, headers={"If-None-Match": known}).status_code == 304


def test_nothing_but_get_has_a_head(script: Script, owner: User) -> None:
    assert script.client.head(f"/api/v1/runs/{acting.pending(owner).pk}/cancel").status_code == 405
    assert set(script.client.put("/api/v1/runs")["Allow"].split(", ")) == {"GET", "POST", "HEAD"}
    assert script.client.head(f"/agents/status/{uuid4()}").status_code == 405
