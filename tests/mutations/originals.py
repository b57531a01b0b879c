"""Sound documents of every kind, the same at every call, from which mutated ones are made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache

import pypdfium2 as pdfium
from fpdf import FPDF
from PIL import Image

from tests.documents.word_parts import paragraph, word_members

MOMENT = datetime(2024, 5, 3, tzinfo=UTC)
LINES = (
    "Kestrel Instruments Ltd, 14 Harbour Road, Bristol",
    "Invoice number: K-2031",
    "Invoice date: 3 May 2024",
    "VAT ID: DE136695976, IBAN DE89 3704 0044 0532 0130 00",
    "Net total EUR 1,000.00",
    "VAT 19 % EUR 190.00",
    "Total due EUR 1,190.00 by 2 June 2024",
)
CLAUSES = (
    "1. Term",
    "This Agreement commences on 1 April 2024 and continues for twelve (12) months.",
    "2. Liability",
    "The Supplier's total liability shall not exceed EUR 100,000.",
    "3. Governing law",
    "This Agreement is governed by the laws of England and Wales.",
)


@cache
def originals() -> Mapping[str, bytes]:
    """Content by a name that tells the kind."""
    return {name: make() for name, make in _MAKERS.items()}


def _pdf(compress: bool) -> bytes:
    document = FPDF()
    document.set_compression(compress)
    document.set_creation_date(MOMENT)
    for lines in (LINES, CLAUSES, LINES + CLAUSES):
        document.add_page()
        document.set_font("Helvetica", size=11)
        for number, line in enumerate(lines):
            document.text(20, 20 + 6 * number, line)
    return bytes(document.output())


def _scan() -> Image.Image:
    with pdfium.PdfDocument(_pdf(True)) as document:
        # As coarse as can be read, for there are many of them.
        return document[0].render(scale=100 / 72, grayscale=True).to_pil().crop((0, 0, 827, 280))


def _picture(kind: str) -> bytes:
    content = io.BytesIO()
    _scan().save(content, kind, dpi=(100, 100))
    return content.getvalue()


def _scanned_pdf() -> bytes:
    document = FPDF()
    document.set_creation_date(MOMENT)
    document.add_page(format=(210, 72))
    document.image(_scan(), 0, 0, 210, 71)
    return bytes(document.output())


def _word() -> bytes:
    rows = "".join(
        f"<w:tr><w:tc>{paragraph(name)}</w:tc><w:tc>{paragraph(price)}</w:tc></w:tr>"
        for name, price in (("Item", "Price"), ("Chair", "1,000.00"), ("VAT 19 %", "190.00"))
    )
    body = "".join(map(paragraph, LINES)) + f"<w:tbl>{rows}</w:tbl>" + "".join(map(paragraph, CLAUSES))
    return archive(word_members(body, footnotes=f'<w:footnote w:id="1">{paragraph("A note")}</w:footnote>'))


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file, the same for the same members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, member in members.items():
            made.writestr(zipfile.ZipInfo(name, (2024, 5, 3, 0, 0, 0)), member, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _html() -> bytes:
    rows = "".join(f"<tr><td>{line}</td><td>&euro; {number}.00</td></tr>" for number, line in enumerate(LINES))
    text = "".join(f"<p>{line}</p>" for line in CLAUSES)
    head = '<meta charset="utf-8"><title>Invoice</title><style>p { color: red }</style>'
    return f"<!doctype html><html lang=en><head>{head}</head><body><table>{rows}</table>{text}</body></html>".encode()


def _email() -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ann <ann@kestrel.test>", "bob@example.org", "Rechnung für Möbel"
    made["Date"], made["Message-ID"] = "Fri, 03 May 2024 10:00:00 +0200", "<1@kestrel.test>"
    made.set_content("\n".join(LINES))
    made.add_alternative(_html().decode(), subtype="html")
    made.add_attachment(_pdf(True), maintype="application", subtype="pdf", filename="invoice.pdf")
    made.set_boundary("outer")
    for part in made.iter_parts():
        if part.is_multipart():
            part.set_boundary("inner")
    return bytes(made)


def _text() -> str:
    return "\n".join((*LINES, "", *CLAUSES, "Grüße aus Köln, à bientôt, señor"))


_MAKERS: Mapping[str, Callable[[], bytes]] = {
    "plain.pdf": lambda: _pdf(False),
    "packed.pdf": lambda: _pdf(True),
    "letter.docx": _word,
    "page.html": _html,
    "message.eml": _email,
    "text.txt": lambda: _text().encode(),
    "utf16.txt": lambda: _text().encode("utf-16"),
    "latin.txt": lambda: _text().encode("latin-1", "replace"),
    "notes.md": lambda: ("# Invoice\n\n" + "\n\n".join(f"**{line}**" for line in LINES)).encode(),
    "table.csv": lambda: "\n".join(f"{number};{line};{number * 7},50" for number, line in enumerate(LINES)).encode(),
    "scan.pdf": _scanned_pdf,
    "scan.png": lambda: _picture("PNG"),
    "scan.jpg": lambda: _picture("JPEG"),
    "scan.tif": lambda: _picture("TIFF"),
    "scan.webp": lambda: _picture("WEBP"),
}
