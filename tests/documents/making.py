"""Small documents for tests, made on the spot."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import docx
import pypdfium2 as pdfium
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter

SHARED = Path(__file__).resolve().parents[3] / "shared" / "documents"
"""Real documents for trying the agents on; a test that needs them skips where they are absent."""

Placed = tuple[float, float, str]
"""Left and baseline in millimetres, and a text."""


def pdf(path: Path, *pages: Iterable[Placed], size: float = 10) -> Path:
    """Make a PDF with texts at their places."""
    document = FPDF()
    document.set_auto_page_break(False)
    for page in pages:
        document.add_page()
        document.set_font("Helvetica", size=size)
        for left, baseline, text in page:
            document.text(left, baseline, text)
    document.output(str(path))
    return path


def lines(*texts: str, left: float = 20, top: float = 20, leading: float = 6) -> list[Placed]:
    """Place texts below each other."""
    return [(left, top + number * leading, text) for number, text in enumerate(texts)]


def picture_pdf(path: Path, *, text_pages: Sequence[str] = (), picture_pages: int = 1) -> Path:
    """Make a PDF of pages with text, then pages that are only a picture."""
    document = FPDF()
    for text in text_pages:
        document.add_page()
        document.set_font("Helvetica", size=10)
        document.text(20, 20, text)
    picture = io.BytesIO()
    Image.new("L", (200, 100), 200).save(picture, "PNG")
    for _ in range(picture_pages):
        document.add_page()
        document.image(picture, 10, 10, 100, 50)
    document.output(str(path))
    return path


def scan(source: Path, path: Path, *, dpi: int = 200, turned: int = 0, says_dpi: bool = True) -> Path:
    """Make a picture of the pages of a PDF, as a scanner would; its kind is its name's. ``turned``: clockwise."""
    with pdfium.PdfDocument(source) as document:
        drawn = [
            page.render(scale=dpi / 72, grayscale=True).to_pil().rotate(-turned, expand=True) for page in document
        ]
    more = {"save_all": True, "append_images": drawn[1:]} if len(drawn) > 1 else {}
    resolution = {"dpi": (dpi, dpi)} if says_dpi else {}
    drawn[0].save(path, **more, **resolution)
    return path


def scanned_pdf(path: Path, *pictures: Path, text_pages: Sequence[str] = ()) -> Path:
    """Make a PDF of pages with text, then pages that are a picture each."""
    document = FPDF()
    for text in text_pages:
        document.add_page()
        document.set_font("Helvetica", size=10)
        document.text(20, 20, text)
    for picture in pictures:
        document.add_page()
        document.image(str(picture), 0, 0, 210, 297)
    document.output(str(path))
    return path


def rewritten(source: Path, target: Path, *, password: str = "", rotation: int = 0) -> Path:
    """Copy a PDF encrypted or with its pages turned."""
    writer = PdfWriter(clone_from=PdfReader(source))
    for page in writer.pages:
        page.rotate(rotation)
    if password:
        writer.encrypt(password)
    with target.open("wb") as file:
        writer.write(file)
    return target


def word_document(path: Path, *paragraphs: str) -> Path:
    """Make a Word document of paragraphs."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path
