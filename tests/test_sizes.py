"""How large a request, a page or a document may be; what is larger is refused with a sentence, at little cost."""

from __future__ import annotations

import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from runs import preflight, uploads
from runs.errors import DocumentRefused
from runs.models import AgentRun, Document, User
from tests.api.scripts import Script, script_of
from tests.pages.conftest import signed_in
from tests.sites import ROOT

MEGABYTE = 1024 * 1024


@pytest.fixture
def script(owner: User) -> Script:
    return script_of(owner)


# --- Requests


@pytest.mark.parametrize("path", ["/api/v1/runs", "/agents/run"])
def test_json_has_two_megabytes(script: Script, path: str) -> None:
    body = b'{"agent": "' + b"x" * (2 * MEGABYTE) + b'"}'

    assert script.send(path, body).status_code == 413
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[" * 500 + b"]" * 500])
@pytest.mark.parametrize("path", ["/api/v1/runs", "/agents/run"])
def test_json_has_a_hundred_levels(script: Script, path: str, nested: bytes) -> None:
    assert script.send(path, nested).status_code in (400, 422)


def test_a_form_has_a_thousand_fields(owner: User) -> None:
    sent = {f"field-{number}": "x" for number in range(1001)}
    answer = signed_in(owner).post(reverse("agent", args=["document-extractor"]), sent)

    assert answer.status_code == 413
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize("count", [11, 500])
def test_a_form_has_ten_files(owner: User, script: Script, count: int) -> None:
    def files() -> dict[str, Any]:
        return {f"file-{number}": ContentFile(b"x", name="x.txt") for number in range(count)}

    assert signed_in(owner).post(reverse("agent", args=["document-extractor"]), files()).status_code == 413
    assert script.client.post("/api/v1/documents", files()).status_code in (400, 413)
    assert not Document.objects.exists()


def test_an_upload_that_lies_about_its_size_is_cut_at_the_limit(owner: User, settings: Any) -> None:
    settings.DOCUMENT_LIMIT_MB = 1
    with pytest.raises(DocumentRefused, match="larger than 1 MB"):
        uploads.keep(ContentFile(b"a " * MEGABYTE, name="a.txt"), owner)
    assert not Document.objects.exists()


@pytest.mark.parametrize("limit", ["1000000", "-1", "9" * 300])
def test_a_list_gives_no_longer_pages_than_it_has(script: Script, limit: str) -> None:
    assert script.get("/api/v1/runs", limit=limit).status_code == 422


# --- Documents


def hostile_pdf(path: Path, *, side: int, page: str = "[0 0 200 200]") -> Path:
    """A PDF of a page that shows one picture of ``side`` by ``side`` pixels, all of them black, in a few bytes."""
    runs = b"\x81\x00" * (side * side // 128 + 1) + b"\x80"  # 128 zeros in two bytes
    pixels = zlib.compress(runs)
    image = f"<</Type/XObject/Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceGray/BitsPerComponent 8"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox{page}/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>".encode(),
        b"<</Length 24>>stream\nq 200 0 0 200 0 0 cm /I Do Q\nendstream",
        f"{image}/Filter[/FlateDecode/RunLengthDecode]/Length {len(pixels)}>>stream\n".encode()
        + pixels
        + b"\nendstream",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF\n")
    return path


DRAWING = """
import contextlib, hashlib, resource, sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from runs import pictures
from runs.documents.kinds import PDF
from runs.errors import PageNotShown
path, settings.PICTURES_DIR = Path(sys.argv[1]), Path(sys.argv[2])
original = pictures.Original(path, path.name, PDF, hashlib.sha256(path.read_bytes()).hexdigest())
# Drawn small, or refused with a sentence: either will do.
with contextlib.suppress(PageNotShown):
    drawn = pictures.picture(original, 1, 800).read_bytes()
    assert drawn.startswith(b"\\x89PNG")
    assert len(drawn) < 20 * 1024 * 1024
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
"""Draws in a process of its own, whose children's peak, in MB, is that of what it has started and of nothing else."""


@pytest.mark.parametrize(("side", "page"), [(40_000, "[0 0 200 200]"), (10, "[0 0 1000000 1000000]")])
def test_a_picture_that_unpacks_without_end_costs_bounded_memory_and_time(
    tmp_path: Path, side: int, page: str
) -> None:
    path = hostile_pdf(tmp_path / "bomb.pdf", side=side, page=page)
    began = time.monotonic()

    done = subprocess.run(
        [sys.executable, "-c", DRAWING, str(path), str(tmp_path / "pictures")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert time.monotonic() - began < 40
    assert 10 < float(done.stdout) < 1100


def test_a_bomb_is_looked_at_within_its_time(owner: User, tmp_path: Path) -> None:
    content = hostile_pdf(tmp_path / "bomb.pdf", side=10_000).read_bytes()
    document = uploads.keep(ContentFile(content, name="bomb.pdf"), owner)
    began = time.monotonic()

    preflight.look(document)

    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<html><script>alert(document.domain)</script></html>", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "text/plain"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "text/plain"),
        (b"%PDF-1.4\n1 0 obj\n<script>alert(1)</script>\nendobj", "application/pdf"),
    ],
)
def test_a_document_is_saved_and_never_opened_here(owner: User, content: bytes, media_type: str) -> None:
    """Its kind is told from its content, whatever it is called."""
    document = uploads.keep(ContentFile(content, name="invoice.pdf"), owner)
    assert document.media_type == media_type

    for path in (reverse("document", args=[document.pk]), f"/api/v1/documents/{document.pk}/content"):
        answer = signed_in(owner).get(path)
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert b"".join(answer.streaming_content) == content


def test_media_have_no_address_of_their_own(owner: User) -> None:
    document = uploads.keep(ContentFile(b"Some text.", name="a.txt"), owner)

    for path in (f"/media/{document.file.name}", f"/static/{document.file.name}", f"/{document.file.name}"):
        assert signed_in(owner).get(path).status_code == 404


def test_a_name_cannot_break_out_of_its_header_or_its_folder(owner: User) -> None:
    name = '../../etc/x"\r\nSet-Cookie: a=b; filename="b.html'
    document = uploads.keep(ContentFile(b"Some text.", name="a.txt"), owner, name=name)
    answer = signed_in(owner).get(reverse("document", args=[document.pk]))

    assert ".." not in document.file.name
    assert Path(document.file.path).resolve().is_relative_to(Path(document.file.storage.location).resolve())
    assert "a" not in answer.cookies
    assert b"".join(answer.streaming_content) == b"Some text."
    assert answer["Content-Disposition"].startswith("attachment;")
