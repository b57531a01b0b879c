"""Documents made to break readers: enormous, bottomless, going round in circles, or simply not what they say."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial

from PIL import Image

from tests.documents.word_parts import paragraph, word_members
from tests.mutations.originals import LINES, archive

TEXT = "\n".join(LINES)


def pdf(objects: Mapping[int, bytes], root: int = 1) -> bytes:
    """A PDF of these objects, with a right table of where they are."""
    content, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(content)
        content += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(content)
    content += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        content += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    return bytes(content + b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start))


def stream(content: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n" % (len(packed), entries) + packed + b"\nendstream"


WORDS = b"BT /F 12 Tf 50 700 Td (Total due EUR 5.00) Tj ET "
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def one_page(drawing: bytes = WORDS, box: bytes = b"[0 0 595 842]", resources: bytes = b"", **more: bytes) -> bytes:
    """A PDF of one page. ``more``: further objects, as ``o7``."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources << /Font << /F 5 0 R >> %s >> >>"
        % (box, resources),
        4: stream(drawing),
        5: FONT,
    }
    return pdf({**objects, **{int(name[1:]): body for name, body in more.items()}})


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (10 + number) for number in range(count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
    tree = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)}
    return pdf({**tree, 4: stream(WORDS), 5: FONT, **{10 + number: page for number in range(count)}})


def kids_in_circles() -> bytes:
    return pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R 2 0 R 3 0 R] /Count 900 >>",
            3: b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 900 >>",
        }
    )


def image_of(width: int, height: int, packed: bytes, more: bytes = b"") -> bytes:
    body = b"<< /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode "
    image = body % (width, height) + b"/Length %d %s >>\nstream\n" % (len(packed), more) + packed + b"\nendstream"
    return one_page(b"q 500 0 0 500 0 0 cm /I Do Q", resources=b"/XObject << /I 7 0 R >>", o7=image)


def form_within_itself() -> bytes:
    form = stream(
        b"/X Do /X Do " + WORDS, b"/Subtype /Form /BBox [0 0 99 99] /Resources << /XObject << /X 7 0 R >> >>"
    )
    return one_page(b"/X Do", resources=b"/XObject << /X 7 0 R >>", o7=form)


def forms_by_the_billion() -> bytes:
    """Ten forms, each drawn ten times by the next."""
    forms = {}
    for depth in range(10):
        inner = WORDS if depth == 0 else b"/X Do " * 10
        entries = b"/Subtype /Form /BBox [0 0 99 99] /Resources << /Font << /F 5 0 R >> /XObject << /X %d 0 R >> >>"
        forms[f"o{10 + depth}"] = stream(inner, entries % (9 + depth))
    return one_page(b"/X Do", resources=b"/XObject << /X 19 0 R >>", **forms)


def png(
    width: int, height: int, kind: int = 0, body: bytes = b"", chunks: tuple[tuple[bytes, bytes], ...] = ()
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(body)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part)) for name, part in parts
    )


def tiff_in_circles() -> bytes:
    entries = [
        (256, 3, 1, 8),
        (257, 3, 1, 8),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 200),
        (279, 4, 1, 64),
    ]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\x00" + struct.pack("<I", 8) + body + struct.pack("<I", 8)).ljust(200, b"\0") + bytes(64)


def tiff_of(pages: int) -> bytes:
    content = io.BytesIO()
    blank = [Image.new("1", (40, 20), 1) for _ in range(pages)]
    blank[0].save(content, "TIFF", save_all=True, append_images=blank[1:])
    return content.getvalue()


def picture(size: tuple[int, int], kind: str, mode: str = "1") -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, 1).save(content, kind)
    return content.getvalue()


def word(body: str, **parts: str) -> bytes:
    return archive(word_members(body, **parts))


def word_with(name: str, content: str | bytes) -> bytes:
    return archive({**word_members(paragraph(TEXT)), name: content})


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


def html(body: str) -> bytes:
    return f"<!doctype html><body>{body}</body>".encode()


def email(headers: str, body: str = TEXT) -> bytes:
    return f"From: a@kestrel.test\nMIME-Version: 1.0\n{headers}\n\n{body}".encode()


def parts_within_parts(depth: int) -> bytes:
    made = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(depth))
    return ("From: a@kestrel.test\nMIME-Version: 1.0\n" + made + TEXT).encode()


_TABLE = ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>")
_PART = "Content-Type: message/rfc822\n\nFrom: a@kestrel.test\nMIME-Version: 1.0\n"
_STYLE_LOOP = "".join(
    f'<w:style w:styleId="{one}"><w:basedOn w:val="{other}"/></w:style>' for one, other in (("A", "B"), ("B", "A"))
)

MONSTERS: Mapping[str, Callable[[], bytes]] = {
    # --- PDF
    "10000-pages.pdf": partial(many_pages, 10_000),
    "1500-pages.pdf": partial(many_pages, 1500),
    "kids-in-circles.pdf": kids_in_circles,
    "vast-page.pdf": partial(one_page, box=b"[0 0 99999999 99999999]"),
    "endless-page.pdf": partial(one_page, box=b"[0 0 1e38 1e38]"),
    "no-page.pdf": partial(one_page, box=b"[0 0 0 0]"),
    "upside-down-page.pdf": partial(one_page, box=b"[595 842 -595 -842]"),
    "page-of-nonsense.pdf": partial(one_page, box=b"[/A (b) null 5 0 R]"),
    "vast-scan.pdf": lambda: one_page(
        b"q 9e6 0 0 9e6 0 0 cm /I Do Q",
        b"[0 0 9000000 9000000]",
        b"/XObject << /I 7 0 R >>",
        o7=stream(bytes(100), b"/Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"),
    ),
    "thin-scan.pdf": lambda: one_page(
        b"q 1 0 0 9000 0 0 cm /I Do Q",
        b"[0 0 1 14400]",
        b"/XObject << /I 7 0 R >>",
        o7=stream(bytes(100), b"/Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"),
    ),
    "bomb-of-zeros.pdf": lambda: one_page(bytes(400_000_000)),
    "bomb-of-words.pdf": lambda: one_page(WORDS * 400_000),
    "bomb-of-characters.pdf": lambda: one_page(b"BT /F 12 Tf (" + b"a b " * 2_000_000 + b") Tj ET"),
    "bomb-of-graphics-states.pdf": lambda: one_page(b"q " * 3_000_000 + WORDS),
    "bomb-of-paths.pdf": lambda: one_page(b"0 0 m 9 9 l S " * 300_000),
    "image-of-a-billion.pdf": lambda: image_of(40_000, 40_000, zlib.compress(bytes(1_000_000), 9)),
    "image-without-data.pdf": lambda: image_of(2_000_000_000, 2_000_000_000, b""),
    "image-masked-by-itself.pdf": lambda: image_of(10, 10, zlib.compress(bytes(100)), b"/SMask 7 0 R"),
    "form-within-itself.pdf": form_within_itself,
    "forms-by-the-billion.pdf": forms_by_the_billion,
    "font-of-nothing.pdf": lambda: one_page(resources=b"/Font << /F 99 0 R >>"),
    "font-of-itself.pdf": lambda: pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
            4: stream(WORDS),
            5: b"<< /Type /Font /Subtype /Type0 /DescendantFonts [5 0 R] /ToUnicode 5 0 R /Encoding 5 0 R >>",
        }
    ),
    "font-of-drawings.pdf": lambda: pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
            4: stream(WORDS),
            5: b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 0 /LastChar 255 /CharProcs << /a 6 0 R >> /Encoding << /Differences [0 /a /a /a 97 /a] >> /Resources << /Font << /F 5 0 R >> >> >>",
            6: stream(b"BT /F 1 Tf (aaa) Tj ET"),
        }
    ),
    "map-of-characters.pdf": lambda: one_page(
        o6=stream(b"1 beginbfrange\n<0000> <ffff> <d800>\nendbfrange\n" * 20_000),
        resources=b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /X /ToUnicode 6 0 R >> >>",
    ),
    "brackets.pdf": lambda: pdf(
        {1: b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 300_000 + b" >>", 2: b"<< /Kids [] /Count 0 >>"}
    ),
    "filters.pdf": lambda: pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /MediaBox [0 0 99 99] /Contents 4 0 R >>",
            4: b"<< /Length 9 /Filter [" + b"/FlateDecode " * 5000 + b"] >>\nstream\n123456789\nendstream",
        }
    ),
    "previous-in-circles.pdf": lambda: one_page().replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev 9"),
    "only-a-header.pdf": lambda: b"%PDF-1.7\n",
    "header-and-noise.pdf": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40_000,
    # --- Word
    "bomb-of-a-picture.docx": lambda: word_with("word/media/a.bin", bytes(300_000_000)),
    "bomb-of-spaces.docx": lambda: word(paragraph(" " * 60_000_000)),
    "one-long-word.docx": lambda: word(paragraph("a" * 4_900_000)),
    "paragraphs.docx": lambda: word(paragraph("EUR 5.00") * 30_000),
    "elements.docx": lambda: word("<w:p/>" * 2_000_000),
    "tables-in-tables.docx": lambda: word(nested(_TABLE[0], paragraph(TEXT), _TABLE[1], 60)),
    "tables-beyond-depth.docx": lambda: word(nested(_TABLE[0], paragraph(TEXT), _TABLE[1], 20_000)),
    "text-boxes-in-text-boxes.docx": lambda: word(
        nested("<w:p><w:r><w:txbxContent>", paragraph(TEXT), "</w:txbxContent></w:r></w:p>", 60)
    ),
    "wide-cells.docx": lambda: word(
        "<w:tbl>"
        + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999"/></w:tcPr></w:tc></w:tr>' * 20_000
        + "</w:tbl>"
        + paragraph(TEXT)
    ),
    "entities.docx": lambda: archive(
        {
            **word_members(""),
            "word/document.xml": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
            + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
            + "]><x>&j;</x>",
        }
    ),
    "outside-entity.docx": lambda: archive(
        {**word_members(""), "word/document.xml": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'}
    ),
    "styles-in-circles.docx": lambda: word(paragraph(TEXT, '<w:pStyle w:val="A"/>'), styles=_STYLE_LOOP),
    "notes-in-circles.docx": lambda: word(
        paragraph(TEXT),
        footnotes='<w:footnote w:id="1"><w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p></w:footnote>',
    ),
    "targets-outside.docx": lambda: word_with(
        "word/_rels/document.xml.rels",
        '<Relationships><Relationship Id="a" Type="x/styles" Target="../../../../etc/passwd"/></Relationships>',
    ),
    "main-is-itself.docx": lambda: word_with(
        "_rels/.rels",
        '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="_rels/.rels"/></Relationships>',
    ),
    "members.docx": lambda: archive(
        {**word_members(paragraph(TEXT)), **{f"word/x{number}": b"" for number in range(20_000)}}
    ),
    "changes.docx": lambda: word(
        "<w:p>" + "".join(f'<w:ins w:author="A{n}"><w:r><w:t>x </w:t></w:r></w:ins>' for n in range(20_000)) + "</w:p>"
    ),
    "page-breaks.docx": lambda: word('<w:p><w:r><w:t>x</w:t><w:br w:type="page"/></w:r></w:p>' * 20_000),
    # --- web pages
    "depth.html": lambda: html("<div>" * 200_000 + TEXT),
    "tables-in-tables.html": lambda: html("<table><tr><td>" * 900 + TEXT),
    "cells.html": lambda: html("<table>" + "<tr>" + "<td>1" * 100_000 + "</table>"),
    "spans.html": lambda: html("<table>" + "<tr><td colspan=999999 rowspan=999999>1" * 2000 + "</table>" + TEXT),
    "elements.html": lambda: html("<b>x" * 2_900_000),
    "attributes.html": lambda: html("<p " + " ".join(f"a{n}=1" for n in range(400_000)) + ">" + TEXT),
    "one-long-word.html": lambda: html("<p>" + "9" * 1_000_000),
    "entities.html": lambda: html("&euro;&#x1F600;&#0;&#xFFFFFFFFF; " * 300_000),
    "comment.html": lambda: html("<!--" + "-" * 3_000_000 + TEXT),
    "script.html": lambda: html("<script>" + "x<" * 2_000_000),
    "lists.html": lambda: html("<ul><li>" * 1900 + TEXT),
    # --- e-mails
    "parts.eml": partial(parts_within_parts, 390),
    "parts-without-end.eml": partial(parts_within_parts, 5000),
    "messages.eml": lambda: email(_PART * 300),
    "headers.eml": lambda: email("".join(f"X-{n}: y\n" for n in range(200_000)) + "Subject: x"),
    "long-header.eml": lambda: email("Subject: " + "=?utf-8?q?=C3=A4?= " * 300_000),
    "encoded-words.eml": lambda: email("Subject: " + "=?" * 500_000),
    "base64-of-nothing.eml": lambda: email(
        "Content-Type: text/plain\nContent-Transfer-Encoding: base64", "A" * 9_000_000
    ),
    "quoted-nonsense.eml": lambda: email("Content-Transfer-Encoding: quoted-printable", "=" * 1_000_000),
    "boundary-of-nothing.eml": lambda: email('Content-Type: multipart/mixed; boundary=""'),
    "alphabet.eml": lambda: email("Content-Type: text/plain; charset=unicode_escape", "\\x" * 1000),
    # --- text
    "one-long-word.txt": lambda: b"a" * 2_000_000,
    "one-long-number.txt": lambda: b"Total " + b"1" * 1_000_000,
    "numbers.txt": lambda: b"1.234,56 " * 60_000,
    "dates.txt": lambda: b"Invoice date: 03.05.2024\n" * 30_000,
    "addresses.txt": lambda: b"a@b." * 300_000,
    "labels.txt": lambda: b"Total: " * 100_000,
    "separators.txt": lambda: b"1." * 500_000,
    "spaces.txt": lambda: b"Total" + b" " * 1_000_000 + b"EUR 5.00",
    "lines.txt": lambda: b"x\n" * 300_000,
    "blank-lines.txt": lambda: b"x" + b"\n" * 4_900_000 + b"y",
    "too-long.txt": lambda: b"word " * 4_000_000,
    "quotes.txt": lambda: b'"' * 5_000_000,
    "accents.txt": lambda: ("e" + "\u0301" * 3_000_000).encode(),
    "ideographs.txt": lambda: ("合計金額は五千円です。" * 200_000).encode(),
    "half-a-character.txt": lambda: TEXT.encode("utf-16")[:-1],
    "surrogates.txt": lambda: ("\ud800" * 100_000).encode("utf-16-le", "surrogatepass") + TEXT.encode("utf-16-le"),
    "every-byte.txt": lambda: (bytes(range(1, 256)) + b"\n") * 10_000,
    "brackets.md": lambda: b"# x\n\n" + b"[" * 200_000 + b"](x)",
    "quotes-in-quotes.md": lambda: b"# x\n\n" + b">" * 100_000 + b" x",
    "stars.md": lambda: b"# x\n\n" + b"**a **" * 100_000,
    "lists-in-lists.md": lambda: b"# x\n\n" + b"".join(b"  " * n + b"- x\n" for n in range(800)),
    "backticks.md": lambda: b"# x\n\n" + b"".join(b"`" * n + b" " for n in range(1500)),
    "table.md": lambda: b"|" + b"a|" * 5000 + b"\n|" + b"-|" * 5000 + b"\n" + (b"|" + b"b|" * 50 + b"\n") * 2000,
    "commas.csv": lambda: (b"," * 2000 + b"\n") * 3500,
    "quotes.csv": lambda: b'a,b,"c\n' * 500_000,
    # --- pictures
    "bomb.png": partial(png, 60_000, 60_000, body=bytes(1000)),
    "just-within.png": partial(picture, (8600, 8600), "PNG"),
    "colours-just-within.png": partial(picture, (8600, 8600), "PNG", "RGBA"),
    "no-width.png": partial(png, 0, 100),
    "thread.png": partial(picture, (1, 60_000), "PNG"),
    "dot.png": partial(picture, (1, 1), "PNG"),
    "texts.png": partial(
        png, 10, 10, body=bytes(110), chunks=((b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 9)),)
    ),
    "black.jpg": partial(picture, (3000, 3000), "JPEG", "L"),
    "in-circles.tif": tiff_in_circles,
    "3000-pages.tif": partial(tiff_of, 3000),
    "20-pages.tif": partial(tiff_of, 20),
    "header.webp": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0" + b"\xff" * 30,
    "header.gif": lambda: b"GIF89a\xff\xff\xff\xff\xf7\0\0" + bytes(768),
    "header.bmp": lambda: (
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 2**30, -(2**30), 1, 24, 0, 0, 0, 0, 0, 0)
    ),
    # --- others
    "nothing": lambda: b"",
    "zeros": lambda: bytes(1_000_000),
    "archive.zip": lambda: archive({"a": b"x"}),
    "sheet.xlsx": lambda: archive({"xl/workbook.xml": b"x"}),
}
