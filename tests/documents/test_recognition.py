"""Reading scans and pictures, with the engine and without."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from PIL import Image

from runs.documents import UnreadableDocument, engine, find_quote, onlooker, read
from runs.documents.kinds import PDF
from runs.documents.picture_files import MOST_PIXELS
from tests.documents import making

INVOICE = ("Kestrel Instruments Ltd", "Invoice number: K-2031", "The total amount is due to us: EUR 1,250.50")
RECHNUNG = ("Müller & Söhne GmbH", "Rechnungsnummer: R-4711", "Bitte zahlen Sie den Betrag von 1.250,50 EUR für Möbel")


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    return making.pdf(tmp_path / "invoice.pdf", making.lines(*INVOICE, leading=12), size=14)


@pytest.fixture
def stub_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program in the engine's place that waits for ever over a picture."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(
        "#!/bin/sh\nif [ \"$1\" = --list-langs ]; then printf 'List:\\neng\\n'; exit; fi\n"
        f"echo $$ > {tmp_path}/pid\nexec sleep 600\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    engine._languages.cache_clear()
    return tmp_path / "pid"


@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("name", ["scan.png", "scan.jpg", "scan.tif", "scan.webp", "scan.bmp"])
def test_a_picture_is_read_with_the_places_of_its_words(tmp_path: Path, invoice: Path, name: str) -> None:
    reading = read(making.scan(invoice, tmp_path / name, says_dpi=name not in ("scan.webp", "scan.bmp")))

    (page,) = reading.pages
    assert page.text.splitlines() == list(INVOICE)
    assert reading.language == "en"
    assert page.ocr_confidence is not None
    assert 0.7 < page.ocr_confidence <= 1
    assert (round(page.width), round(page.height)) == (595, 842)
    (box,) = find_quote(page, "K-2031").boxes  # type: ignore[union-attr]
    (written,) = find_quote(read(invoice).pages[0], "K-2031").boxes  # type: ignore[union-attr]
    assert box == pytest.approx(written, abs=4)


@pytest.mark.usefixtures("tesseract")
def test_each_page_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    source = making.pdf(tmp_path / "two.pdf", making.lines(*INVOICE), making.lines("The second page of the invoice"))

    pages = read(making.scan(source, tmp_path / "two.tiff")).pages

    assert [(page.number, page.text.splitlines()[0]) for page in pages] == [
        (1, INVOICE[0]),
        (2, "The second page of the invoice"),
    ]


@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_on_its_side_is_read_and_its_boxes_stand_on_the_picture_as_it_is(
    tmp_path: Path, invoice: Path, turned: int
) -> None:
    page = read(making.scan(invoice, tmp_path / "turned.png", turned=turned)).pages[0]

    assert page.text.splitlines() == list(INVOICE)
    left, top, right, bottom = find_quote(read(invoice).pages[0], "K-2031").boxes[0]  # type: ignore[union-attr]
    width, height = (595, 842) if turned == 180 else (842, 595)
    expected = {
        90: (width - bottom, left, width - top, right),
        180: (width - right, height - bottom, width - left, height - top),
        270: (top, height - right, bottom, height - left),
    }[turned]
    assert find_quote(page, "K-2031").boxes[0] == pytest.approx(expected, abs=4)  # type: ignore[union-attr]


@pytest.mark.usefixtures("tesseract")
def test_the_language_is_chosen_by_the_words(tmp_path: Path) -> None:
    source = making.pdf(tmp_path / "de.pdf", making.lines(*RECHNUNG, leading=12), size=14)

    reading = read(making.scan(source, tmp_path / "de.png"))

    assert reading.language == "de"
    assert reading.pages[0].text.splitlines() == list(RECHNUNG)
    assert not reading.warnings


@pytest.mark.usefixtures("tesseract")
def test_a_language_that_is_not_installed_is_named(tmp_path: Path, invoice: Path) -> None:
    reading = read(making.scan(invoice, tmp_path / "x.png"), language="el")

    assert "tesseract-ocr-ell" in reading.warnings[0]


@pytest.mark.usefixtures("tesseract")
def test_scanned_pages_among_others_are_read(tmp_path: Path, invoice: Path) -> None:
    picture = making.scan(invoice, tmp_path / "x.png")
    reading = read(making.scanned_pdf(tmp_path / "mixed.pdf", picture, text_pages=["Written as such"]))

    assert [page.ocr_confidence is None for page in reading.pages] == [True, False]
    assert reading.pages[1].text.splitlines() == list(INVOICE)
    assert not reading.warnings


@pytest.mark.usefixtures("tesseract")
def test_a_picture_of_nothing_to_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="no text was recognised"):
        read(making.picture_pdf(tmp_path / "x.pdf"))
    reading = read(making.picture_pdf(tmp_path / "mixed.pdf", text_pages=["Written as such"]))
    assert reading.warnings == ["Page 2 is a picture in which no text was recognised."]


@pytest.mark.usefixtures("tesseract")
def test_a_page_that_is_looked_at_alone_has_the_words_of_its_picture(tmp_path: Path, invoice: Path) -> None:
    picture = making.scan(invoice, tmp_path / "x.png")
    scanned = making.scanned_pdf(tmp_path / "x.pdf", picture)
    for path, kind in ((picture, "image/png"), (scanned, PDF)):
        order = {"path": str(path), "media_type": kind, "page": 1, "quotes": [["K-2031", ""]]}
        (place,) = onlooker.look(order)["places"]
        assert place["boxes"]


@pytest.mark.usefixtures("tesseract")
def test_a_scan_longer_than_its_time_is_refused_and_not_half_read(tmp_path: Path, invoice: Path) -> None:
    picture = making.scan(invoice, tmp_path / "x.png")
    scanned = making.scanned_pdf(tmp_path / "x.pdf", *[picture] * 40)

    with pytest.raises(UnreadableDocument, match=r"40 pages takes longer than this run may: \d were read"):
        read(scanned, ends_at=time.time() + 3)
    mixed = making.scanned_pdf(tmp_path / "mixed.pdf", picture, text_pages=["Written as such"])
    assert "no time left" in read(mixed, ends_at=time.time()).warnings[0]


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_it_is_said_what_is_missing(tmp_path: Path, invoice: Path) -> None:
    picture = making.scan(invoice, tmp_path / "x.png")
    for path in (picture, making.scanned_pdf(tmp_path / "x.pdf", picture)):
        with pytest.raises(UnreadableDocument, match=r"install Tesseract \(tesseract-ocr\)"):
            read(path)


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_the_pages_that_are_pictures_are_named(tmp_path: Path, invoice: Path) -> None:
    pictures = [making.scan(invoice, tmp_path / "x.png")] * 2
    reading = read(making.scanned_pdf(tmp_path / "mixed.pdf", *pictures, text_pages=["Written as such"]))

    assert [page.text for page in reading.pages] == ["Written as such", "", ""]
    assert reading.warnings[0].startswith("Pages 2–3 are pictures, and no text recognition is installed")


def test_an_engine_that_does_not_end_is_ended(tmp_path: Path, invoice: Path, stub_engine: Path) -> None:
    picture = making.scan(invoice, tmp_path / "x.png")

    with pytest.raises(UnreadableDocument, match="takes longer than this run may"):
        read(picture, ends_at=time.time() + 1.5)

    with pytest.raises(ProcessLookupError):
        os.kill(int(stub_engine.read_text()), signal.SIGCONT)


def test_a_picture_of_too_many_pixels_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    side = int(MOST_PIXELS**0.5) + 10
    Image.new("1", (side, side)).save(path)

    with pytest.raises(UnreadableDocument, match="more than 75 million pixels"):
        read(path)


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.tif", "x.webp", "x.gif"])
def test_a_picture_cut_short_is_called_damaged(tmp_path: Path, invoice: Path, name: str) -> None:
    path = making.scan(invoice, tmp_path / name, says_dpi=False)
    path.write_bytes(path.read_bytes()[:600])

    with pytest.raises(UnreadableDocument, match="damaged"):
        read(path)
