"""Pictures, and files of no kind at all, made to break their readers."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial

from PIL import Image

from tests.mutations.originals import archive


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


PICTURES: Mapping[str, Callable[[], bytes]] = {
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
    "nothing": lambda: b"",
    "zeros": lambda: bytes(1_000_000),
    "archive.zip": lambda: archive({"a": b"x"}),
    "sheet.xlsx": lambda: archive({"xl/workbook.xml": b"x"}),
}
