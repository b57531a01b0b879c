"""Pages that were recognised are not recognised again, and are what there is of a scan that was not read whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runs import agents
from runs.agents.base import FatalError
from runs.documents import Box, Page, Word, read
from runs.documents.packing import packed, unpacked
from tests.agents.recording import RecordingContext, document_file
from tests.documents import making

EXTRACTOR = agents.AGENTS["document-extractor"]


class Keeper:
    """Knows some pages and counts the others."""

    def __init__(self, *known: Page) -> None:
        self.by_number = {page.number: page for page in known}
        self.kept: list[int] = []

    def known(self, number: int) -> Page | None:
        return self.by_number.get(number)

    def keep(self, page: Page, count: int) -> None:
        self.kept.append(page.number)
        self.by_number[page.number] = page


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Three pages that are pictures."""
    texts = ("Invoice number: K-2031", "The second page of it", "Total due: EUR 1,250.50")
    pages = [making.lines("Kestrel Instruments Ltd", text, leading=12) for text in texts]
    return making.scan(making.pdf(tmp_path / "a.pdf", *pages, size=14), tmp_path / "scan.pdf")


def test_a_page_is_packed_without_loss() -> None:
    page = Page(7, "a b", [Word("a", 0, Box(1.5, 2.0, 3.25, 4.0)), Word("b", 2)], 100.0, 200.5, [0, 1], 0.93)

    assert unpacked(7, json.loads(json.dumps(packed(page)))) == page


@pytest.mark.usefixtures("tesseract")
def test_known_pages_are_not_recognised_again(scan: Path) -> None:
    first = Keeper()
    whole = read(scan, keeper=first)
    again = Keeper(*[page for number, page in first.by_number.items() if number < 3])

    assert [page.text for page in read(scan, keeper=again).pages] == [page.text for page in whole.pages]
    assert (first.kept, again.kept) == ([1, 2, 3], [3])


@pytest.mark.usefixtures("tesseract")
def test_a_stopped_extraction_keeps_its_pages_and_their_values_and_goes_on(scan: Path) -> None:
    file = document_file(scan)
    whole = RecordingContext(document=file)
    expected = EXTRACTOR.run(whole, EXTRACTOR.Input()).output
    stopped = RecordingContext(document=file, cancel_after_steps=2)

    with pytest.raises(FatalError):
        EXTRACTOR.run(stopped, EXTRACTOR.Input())

    assert stopped.tally is not None
    done = stopped.tally[0]
    assert 0 < done < 3
    half = EXTRACTOR.partial(stopped.parts)
    assert half is not None
    assert [page.number for page in half.pages] == list(range(1, done + 1))
    assert half.document.pages == 3
    assert "K-2031" in {field.value for field in half.fields}
    rest = RecordingContext(document=file, kept=stopped.parts)
    assert EXTRACTOR.run(rest, EXTRACTOR.Input()).output == expected
    again = [name for name in rest.parts if name.startswith("page ")]
    assert again == [f"page {number}" for number in range(done + 1, 4)]


def test_pages_without_values_say_that_none_were_looked_for() -> None:
    facts = {"name": "a.pdf", "media_type": "application/pdf", "pages": 40, "sha256": "0" * 64}

    half = EXTRACTOR.partial({"document": facts, "page 1": {"text": "one"}, "page 2": {"text": "two"}})

    assert half is not None
    assert [page.text for page in half.pages] == ["one", "two"]
    assert half.warnings == ["The run ended early: values were looked for on none of these pages."]
    assert EXTRACTOR.partial({"document": facts}) is None
