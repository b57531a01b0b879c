"""A file becomes a document by its content, once, or is refused with a sentence."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from runs import uploads
from runs.errors import DocumentRefused
from runs.models import Document, User

pytestmark = pytest.mark.django_db

TEXT = b"Some words, for once.\n"


def keep(owner: User, content: bytes = TEXT, name: str = "letter.txt") -> Document:
    return uploads.keep(ContentFile(content, name=name), owner)


def test_content_is_stored_with_its_facts(owner: User) -> None:
    document = keep(owner)

    assert document.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert (document.name, document.size, document.media_type) == ("letter.txt", len(TEXT), "text/plain")
    with document.file.open("rb") as file:
        assert file.read() == TEXT


def test_the_kind_is_told_by_content_and_not_by_name(owner: User) -> None:
    page = b"<!doctype html><html><head><title>x</title></head><body><p>Words</p></body></html>"

    assert keep(owner, page, "invoice.pdf").media_type == "text/html"


def test_the_same_content_again_is_the_same_document(owner: User, stranger: User) -> None:
    first = keep(owner)

    assert keep(owner, name="other name.txt") == first
    assert keep(stranger) != first


def test_a_file_lost_from_the_storage_is_brought_back_by_uploading_it_again(owner: User) -> None:
    first = keep(owner)
    first.file.storage.delete(first.file.name)

    again = keep(owner)

    assert again == first
    assert again.file.storage.exists(again.file.name)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x1f\x8b\x08" + b"\x00" * 100, "This is a gzip archive."),
        (b"\x7fELF" + bytes(range(256)), "This is a binary file."),
    ],
)
def test_what_cannot_be_read_is_refused_by_kind(owner: User, content: bytes, sentence: str) -> None:
    with pytest.raises(DocumentRefused, match=sentence):
        keep(owner, content)

    assert not Document.objects.exists()


def test_a_file_over_the_limit_is_refused(owner: User, settings: Any) -> None:
    settings.DOCUMENT_LIMIT_MB = 1

    with pytest.raises(DocumentRefused, match="larger than 1 MB"):
        keep(owner, b"word " * 250_000)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\letter.docx", "letter.docx"),
        ("a\x00b\ud800.txt", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}.txt"),
        ("line\nbreak\u202e.txt", "linebreak.txt"),
        ("", "document"),
        ("x" * 400 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_names_lose_paths_and_what_cannot_be_shown(owner: User, given: str, kept: str) -> None:
    assert uploads.keep(ContentFile(TEXT), owner, given).name == kept


def test_the_owner_and_the_content_decide_the_place_not_the_name(owner: User) -> None:
    document = keep(owner, name="../../escape.txt")

    assert document.file.name == f"documents/{owner.pk}/{document.sha256}"


def test_the_database_stays_usable_after_a_refusal(owner: User) -> None:
    with pytest.raises(DocumentRefused):
        keep(owner, b"")

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
