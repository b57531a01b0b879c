"""Small documents for tests, made on the spot."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
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


def drawn(path: Path, draw: Callable[[FPDF], None]) -> Path:
    """Make a PDF of one page that somebody draws on."""
    document = FPDF()
    document.set_auto_page_break(False)
    document.add_page()
    document.set_font("Helvetica", size=10)
    draw(document)
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


def raw_pdf(path: Path, *texts: str, says_what_it_draws: bool = True) -> Path:
    """Make a PDF of glyphs drawn from left to right, in a font of two bytes a glyph that has any letter.

    Such a font says in a table which letters its glyphs are, or leaves it out.
    """
    letters = sorted(set("".join(texts)))
    table = "".join(f"<{code:04X}> <{letter.encode('utf-16-be').hex()}>\n" for code, letter in enumerate(letters, 1))
    content = "".join(
        f"BT /F1 12 Tf 50 {800 - 20 * number} Td <{''.join(f'{letters.index(x) + 1:04X}' for x in text)}> Tj ET\n"
        for number, text in enumerate(texts)
    )
    codes = "begincodespacerange <0000> <FFFF> endcodespacerange"
    cmap = f"begincmap 1 {codes} {len(letters)} beginbfchar\n{table}endbfchar endcmap"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        (
            "<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /Identity-H /DescendantFonts [6 0 R] "
            f"{'/ToUnicode 7 0 R' if says_what_it_draws else ''} >>"
        ),
        (
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Made /DW 500 /FontDescriptor 8 0 R "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
        ),
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
        (
            "<< /Type /FontDescriptor /FontName /Made /Flags 4 /FontBBox [0 -200 500 800] /ItalicAngle 0 "
            "/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
        ),
    )
    file = b"%PDF-1.7\n"
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{text}\nendobj\n".encode()
    size = len(objects) + 1
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF"
    path.write_bytes(file + f"xref\n0 {size}\n0000000000 65535 f \n{rows}{end}".encode())
    return path


def word_document(path: Path, *paragraphs: str) -> Path:
    """Make a Word document of paragraphs."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path
