"""Drawing a page of a PDF, or of a picture, as a PNG.

That of a PDF's page is written here: it takes a dozen lines, and the pictures need nothing else an image library has.
"""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from runs.documents import picture_files
from runs.documents.kinds import PDF, PICTURE_KINDS
from runs.documents.pdf import open_pdf
from runs.documents.reading import no_such_page
from runs.errors import UnreadableDocument

MOST_PIXELS = 12_000_000
"""A page may be as long as it likes; its picture then gets narrower."""
_COMPRESSION = 6


def draw_page(path: Path, number: int, width: int, media_type: str = PDF) -> bytes:
    """Draw a page, counted from 1, ``width`` pixels wide, as a person sees it. Raises ``UnreadableDocument``."""
    if media_type in PICTURE_KINDS:
        return _draw_picture(path, media_type, number, width)
    with closing(open_pdf(path)) as document:
        if not 1 <= number <= len(document):
            raise no_such_page(number, len(document))
        document.init_forms()
        try:
            with closing(document[number - 1]) as page:
                page_width, page_height = page.get_size()
                if page_width <= 0 or page_height <= 0:
                    raise UnreadableDocument("The page has no size and can not be drawn.")
                scale = min(width / page_width, (MOST_PIXELS / (page_width * page_height)) ** 0.5)
                return _png(page.render(scale=scale, rev_byteorder=True))
        except pdfium.PdfiumError as error:
            raise UnreadableDocument("The page is damaged and can not be drawn.") from error


def _draw_picture(path: Path, kind: str, number: int, width: int) -> bytes:
    with picture_files.opened(path, kind) as picture:
        upright = picture_files.frame(picture, kind, number)
        scale = min(width / upright.width, (MOST_PIXELS / (upright.width * upright.height)) ** 0.5)
        size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
        plain = picture_files.on_paper(upright)
        drawn = io.BytesIO()
        plain.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC).save(drawn, "PNG")
    return drawn.getvalue()


def _png(bitmap: pdfium.PdfBitmap) -> bytes:
    width, height, stride, channels = bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
    raw = bytes(bitmap.buffer)
    rows = [raw[row * stride : row * stride + width * channels] for row in range(height)]
    pixels = b"".join(rows)
    reds, greens, blues = (pixels[channel::channels] for channel in range(3))
    if reds == greens == blues:  # Most pages are black on white, in a third of the bytes.
        kind, size, body = 0, width, reds
    else:
        kind, size = 2, width * 3
        body = pixels if channels == 3 else b"".join(map(bytes, zip(reds, greens, blues, strict=True)))
    lines = b"".join(b"\0" + body[row * size : (row + 1) * size] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, _COMPRESSION)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
