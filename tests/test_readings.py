"""A document is read once: what an agent's process has read is kept for the next run on the same content."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from runs import content_cache, lifecycle, readings, uploads, worker
from runs.agents.reading import READ_BEFORE
from runs.documents import Page, Reading, Table, read
from runs.documents.kept_readings import load_reading, version_of, write_reading
from runs.documents.kinds import PDF, TEXT
from runs.models import AgentRun, Document, EventKind, User
from tests import acting
from tests.documents import making


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, settings: Any) -> None:
    settings.PICTURES_DIR = tmp_path / "pictures"


@pytest.fixture
def document(owner: User, tmp_path: Path) -> Document:
    path = making.pdf(tmp_path / "x.pdf", making.lines("Invoice number: 2024-0815"), making.lines("Total: EUR 12.50"))
    return uploads.keep(ContentFile(path.read_bytes(), name="x.pdf"), owner)


def delivered(document: Document, agent: str = "document-extractor") -> AgentRun:
    run = lifecycle.trigger(document.owner, agent, {"document": str(document.pk)})
    worker.deliver(str(run.pk))
    return acting.fresh(run)


def place_of(document: Document) -> Path:
    return content_cache.place(document.sha256, f"{version_of(document.media_type)}.reading")


def log_of(run: AgentRun) -> list[str]:
    return list(run.events.filter(kind=EventKind.LOGGED).values_list("message", flat=True))


def text_of(run: AgentRun) -> list[str]:
    assert run.output is not None
    return [page["text"] for page in run.output["pages"]]


@pytest.mark.django_db(transaction=True)
class TestRuns:
    def test_second_run_takes_what_the_first_has_read(self, document: Document) -> None:
        first = delivered(document)
        kept = load_reading(place_of(document), document.sha256, PDF)
        assert kept is not None
        assert READ_BEFORE not in log_of(first)
        # Should the second run open the document, it would not find this in it.
        marked = replace(kept.pages[0], text=kept.pages[0].text.replace("2024-0815", "2024-0999"))
        write_reading(replace(kept, pages=[marked, *kept.pages[1:]]), place_of(document), document.sha256, PDF)

        second = delivered(document)
        assert READ_BEFORE in log_of(second)
        assert text_of(second)[0] == text_of(first)[0].replace("0815", "0999")
        assert READ_BEFORE in log_of(delivered(document, "policy-checker"))

    def test_both_runs_find_the_same(self, document: Document) -> None:
        first, second = delivered(document), delivered(document)
        assert READ_BEFORE in log_of(second)
        assert second.output == first.output

    def test_damaged_reading_is_made_anew(self, document: Document) -> None:
        first = delivered(document)
        place = place_of(document)
        content = place.read_bytes()
        place.write_bytes(content[: len(content) // 2])

        second = delivered(document)
        assert READ_BEFORE not in log_of(second)
        assert text_of(second) == text_of(first)
        assert place.read_bytes() == content

    def test_page_limit_holds_for_what_was_read_before(self, document: Document, settings: Any) -> None:
        delivered(document)
        settings.DOCUMENT_PAGE_LIMIT = 1
        assert "has 2 pages and at most 1 are read" in delivered(document).error

    def test_nothing_is_kept_of_a_deleted_document(self, document: Document) -> None:
        run = delivered(document)
        assert place_of(document).exists()
        run.delete()
        uploads.discard(document)
        assert not place_of(document).exists()


def plain(table: Table) -> Any:
    return (table.page, table.box, [list(row) for row in table.rows], table.continues)


def reading_of(*texts: str) -> Reading:
    return Reading(TEXT, [Page(number, text) for number, text in enumerate(texts, 1)], language="en")


def test_reading_comes_back_as_it_was(tmp_path: Path) -> None:
    pdf = making.pdf(tmp_path / "x.pdf", making.lines("a well-", "known ünit"), [], making.lines("two"))
    html = tmp_path / "x.html"
    html.write_text("<title>T</title><p>Words of <b>a</b> page<table><tr><td>1<td>2</table>", encoding="utf-8")
    word = making.word_document(tmp_path / "x.docx", "One paragraph", "and another")
    for path in (pdf, html, word):
        reading = read(path)
        write_reading(reading, tmp_path / "kept", "abc", reading.media_type)
        kept = load_reading(tmp_path / "kept", "abc", reading.media_type)
        assert kept is not None
        assert replace(kept, tables=(), warnings=()) == replace(reading, tables=(), warnings=())
        assert list(kept.warnings) == list(reading.warnings)
        assert [plain(table) for table in kept.tables] == [plain(table) for table in reading.tables]


def test_reading_of_another_content_version_or_kind_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / "kept"
    write_reading(reading_of("words"), place, "abc", TEXT)
    assert load_reading(place, "abc", TEXT) is not None
    assert load_reading(place, "abd", TEXT) is None
    assert load_reading(place, "abc", PDF) is None
    content = json.loads(place.read_bytes().partition(b"\n")[2])
    content["version"] = "1.0"
    older = json.dumps(content).encode()
    place.write_bytes(hashlib.sha256(older).hexdigest().encode() + b"\n" + older)
    assert load_reading(place, "abc", TEXT) is None


@pytest.mark.parametrize("pages", [[], [{"number": 1}], 7, [{"number": 1, "text": "x", "starts": "?"}]])
def test_reading_in_another_shape_is_none(tmp_path: Path, pages: Any) -> None:
    place = tmp_path / "kept"
    write_reading(reading_of("words"), place, "abc", TEXT)
    content = json.loads(place.read_bytes().partition(b"\n")[2])
    content["pages"] = pages
    forged = json.dumps(content).encode()
    place.write_bytes(hashlib.sha256(forged).hexdigest().encode() + b"\n" + forged)
    assert load_reading(place, "abc", TEXT) is None


def test_reading_that_another_machine_could_better_is_not_kept(tmp_path: Path) -> None:
    write_reading(replace(reading_of("half a scan"), is_lasting=False), tmp_path / "kept", "abc", TEXT)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_left_in_place_of_a_reading_is_not_followed(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the key", encoding="utf-8")
    with readings.offered("ab" * 32, TEXT) as (kept, place):
        assert kept is None
        match kind:
            case "link":
                place.symlink_to(secret)
            case "pipe":
                os.mkfifo(place)
            case _:
                place.mkdir()
    with readings.offered("ab" * 32, TEXT) as (kept, _):
        assert kept is None


def test_oldest_readings_are_forgotten_first(settings: Any) -> None:
    settings.PICTURES_LIMIT_MB = 1
    for number in range(4):
        with readings.offered(f"{number:064}", TEXT) as (_, place):
            place.write_bytes(bytes(400 * 1024))
        os.utime(content_cache.place(f"{number:064}", f"{version_of(TEXT)}.reading"), (number + 1, number + 1))
    kept = [
        number for number in range(4) if content_cache.place(f"{number:064}", f"{version_of(TEXT)}.reading").exists()
    ]
    assert kept == [2, 3]
