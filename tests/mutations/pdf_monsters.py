"""PDFs made to break their reader."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import partial


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
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
    page += b"/Resources << /Font << /F 5 0 R >> >> >>"
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


PDFS: Mapping[str, Callable[[], bytes]] = {
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
    "bomb-of-paths.pdf": lambda: one_page(b"0 0 m 9 9 l S " * 60_000),
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
            5: b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 0 "
            b"/LastChar 255 /CharProcs << /a 6 0 R >> /Encoding << /Differences [0 /a /a /a 97 /a] >> "
            b"/Resources << /Font << /F 5 0 R >> >> >>",
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
}
