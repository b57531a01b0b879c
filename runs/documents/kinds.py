"""What kind of file this is, told from its content.

A name or a claimed media type is never believed: an HTML page called
``invoice.pdf`` is a web page, and is read as one.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path
from typing import IO

from runs.documents.written_kinds import CSV as CSV
from runs.documents.written_kinds import EMAIL as EMAIL
from runs.documents.written_kinds import MARKDOWN as MARKDOWN
from runs.documents.written_kinds import TEXT as TEXT
from runs.documents.written_kinds import is_email, written_kind

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCM = "application/vnd.ms-word.document.macroenabled.12"
DOTX = "application/vnd.openxmlformats-officedocument.wordprocessingml.template"
DOTM = "application/vnd.ms-word.template.macroenabled.12"
HTML = "text/html"
EMPTY = "application/x-empty"
BINARY = "application/octet-stream"
ENCRYPTED_OFFICE = "application/vnd.ms-office.encrypted"
OUTLOOK = "application/vnd.ms-outlook"

PICTURE_KINDS = {
    "image/png": "PNG picture",
    "image/jpeg": "JPEG picture",
    "image/tiff": "TIFF picture",
    "image/webp": "WebP picture",
    "image/gif": "GIF picture",
    "image/bmp": "BMP picture",
}
"""Read where an engine is installed that recognises text."""

WORD_KINDS = {
    DOCX: "Word document",
    DOCM: "Word document with macros",
    DOTX: "Word template",
    DOTM: "Word template with macros",
}
"""Macros are not looked at, much less run."""

READABLE_KINDS = {
    PDF: "PDF",
    **WORD_KINDS,
    HTML: "web page",
    TEXT: "plain text",
    MARKDOWN: "Markdown text",
    CSV: "table (CSV)",
    EMAIL: "e-mail",
    **PICTURE_KINDS,
}
"""The kinds there is a reader for, with a word for people."""

UNREADABLE_KINDS = {
    "image/heic": "HEIC picture",
    "application/zip": "ZIP archive",
    "application/gzip": "gzip archive",
    "application/rtf": "RTF document",
    "application/postscript": "PostScript file",
    OUTLOOK: "Outlook message",
    "application/msword": "Word 97–2003 document",
    "application/vnd.ms-excel": "Excel 97–2003 workbook",
    "application/x-ole-storage": "older Office document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel workbook",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint presentation",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument spreadsheet",
    "application/epub+zip": "EPUB book",
    BINARY: "binary file",
}
"""Kinds that are recognised only to be named when they are refused."""

_HEAD_SIZE = 65536
_PDF_JUNK_SIZE = 1024

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_ZIP_MEMBERS = (
    (b"word/", DOCX),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_WORD_MARKS = (
    (b"ms-word.template.macroenabledtemplate.main+xml", DOTM),
    (b"ms-word.document.macroenabled.main+xml", DOCM),
    (b"wordprocessingml.template.main+xml", DOTX),
)
_OLE_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("__substg1.0_", OUTLOOK),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|title|meta|table|div|p|h[1-6]|article|section|main|script|style)\b",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL_BYTES = frozenset(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27}


def sniff(path: str | Path) -> str:
    """Tell a file's media type from its content.

    Never fails on content: what is not recognised is text if it decodes as text, and
    ``application/octet-stream`` otherwise. Raises ``OSError`` when the file can not be opened.
    """
    with Path(path).open("rb") as file:
        return sniff_content(file)


def sniff_content(file: IO[bytes]) -> str:
    """Tell the media type of an opened file, as ``sniff`` does."""
    file.seek(0)
    head = file.read(_HEAD_SIZE)
    if not head:
        return EMPTY
    if head.startswith(b"%PDF-"):
        return PDF
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/heic"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(file, head)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(file)
    if _is_pdf_after_junk(head):
        return PDF
    return EMAIL if is_email(head) else _text_kind(head)


def bom_encoding(data: bytes) -> str | None:
    """Name the encoding a byte order mark announces, None where there is none."""
    return next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)


def bare_utf16_encoding(data: bytes) -> str | None:
    """Name the UTF-16 byte order of text written without a mark, None where it is not that.

    Text in any alphabet keeps its spaces and line ends, whose high byte is zero; so
    zeros pile up on one side of the byte pairs and are absent on the other.
    """
    sample = data[: 4096 & ~1]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if odd > pairs * 0.1 and even <= pairs * 0.01:
        return "utf-16-le"
    if even > pairs * 0.1 and odd <= pairs * 0.01:
        return "utf-16-be"
    return None


def _zip_kind(file: IO[bytes], head: bytes) -> str:
    kind: str | None = None
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name.encode() for name in archive.namelist()[:5000]]
            if b"mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                if declared in UNREADABLE_KINDS:
                    return declared
            if b"[Content_Types].xml" in names:
                kind = _word_kind(archive.open("[Content_Types].xml").read(_HEAD_SIZE))
    except Exception:  # a damaged archive: every error zipfile knows, and some it does not
        names = re.findall(rb"(?:word|xl|ppt)/", head)
    for prefix, of_prefix in _ZIP_MEMBERS:
        if any(name.startswith(prefix) for name in names):
            return kind if kind and of_prefix == DOCX else of_prefix
    return "application/zip"


def _word_kind(types: bytes) -> str | None:
    """Which kind of Word document an archive's list of types tells of."""
    types = types.lower()
    return next((kind for mark, kind in _WORD_MARKS if mark in types), None)


def _ole_kind(file: IO[bytes]) -> str:
    # The directory of an OLE file may stand anywhere; its names are UTF-16.
    file.seek(0)
    content = file.read(32 * 1024 * 1024)
    for name, kind in _OLE_STREAMS:
        if name.encode("utf-16-le") in content:
            return kind
    return "application/x-ole-storage"


def _is_pdf_after_junk(head: bytes) -> bool:
    # A text that merely speaks of "%PDF-" has no objects after it.
    found = re.search(rb"%PDF-\d", head[:_PDF_JUNK_SIZE])
    return found is not None and re.search(rb"\d\s+obj\b", head[found.end() :]) is not None


def _text_kind(head: bytes) -> str:
    encoding = bom_encoding(head) or bare_utf16_encoding(head)
    if encoding is None and not _looks_like_text(head):
        return BINARY
    text = head.decode(encoding or "latin-1", "ignore")
    return HTML if _HTML_START.match(text) else written_kind(text)


def _looks_like_text(head: bytes) -> bool:
    control_count = sum(head.count(code) for code in _CONTROL_BYTES)
    if b"\0" in head or control_count > len(head) * 0.02:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        # An 8-bit alphabet: letters are common in it, and so is ASCII white space.
        return sum(head.count(space) for space in (b" ", b"\n", b"\t")) >= len(head) // 100
    return True
