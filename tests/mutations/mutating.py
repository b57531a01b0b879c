"""Ways in which documents are spoilt: on the wire, on a disk, by a program, or on purpose."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

from tests.mutations.originals import archive

NASTY_NUMBERS = (b"0", b"-1", b"2147483648", b"99999999999999999999", b"1e308", b"-0.0001", b"65536", b"00")
NASTY_BYTES = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", "\u202e\u2066\ufeff".encode(),
    b"\r\r\n\x0b\x0c",
    b"%PDF-1.7\n1 0 obj\n<<>>\nendobj", b"<!--", b"]]>", b"<![CDATA[", b"&#0;&#xd800;&bogus;", b"\x1b[2J",
    b"=?utf-8?q?=ff?=",
)  # fmt: skip

Dice = random.Random


def mutated(name: str, content: bytes, dice: Dice) -> bytes:
    """The content spoilt in one to four ways."""
    ways: Sequence[Callable[[bytes, Dice], bytes]] = [
        cut_short, flipped_bits, overwritten, without_a_block, with_a_block_twice, with_blocks_swapped,
        with_nasty_bytes, with_nasty_numbers,
    ]  # fmt: skip
    inside = {".docx": inside_archive, ".png": inside_png, ".pdf": inside_pdf}.get(name[name.rindex(".") :])
    spoilt, left = content, dice.choice((1, 1, 2, 4))
    while left > 0 or spoilt == content:
        way = inside if inside and dice.random() < 0.5 else dice.choice(ways)
        spoilt = way(spoilt, dice) or b"\n"
        left -= 1
    return spoilt


def cut_short(content: bytes, dice: Dice) -> bytes:
    return content[: dice.randrange(1, max(2, len(content)))]


def flipped_bits(content: bytes, dice: Dice) -> bytes:
    spoilt = bytearray(content)
    for _ in range(dice.choice((1, 8, 64))):
        spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
    return bytes(spoilt)


def overwritten(content: bytes, dice: Dice) -> bytes:
    start, size = _block(content, dice)
    return content[:start] + dice.choice((bytes(size), dice.randbytes(size), b"\xff" * size)) + content[start + size :]


def without_a_block(content: bytes, dice: Dice) -> bytes:
    start, size = _block(content, dice)
    return content[:start] + content[start + size :]


def with_a_block_twice(content: bytes, dice: Dice) -> bytes:
    start, size = _block(content, dice)
    block = content[start : start + size]
    return content[:start] + block * dice.choice((2, 3, 200)) + content[start + size :]


def with_blocks_swapped(content: bytes, dice: Dice) -> bytes:
    first, second = sorted(dice.randrange(len(content)) for _ in range(2))
    return content[second:] + content[first:second] + content[:first]


def with_nasty_bytes(content: bytes, dice: Dice) -> bytes:
    for _ in range(dice.choice((1, 20))):
        place = dice.randrange(len(content) + 1)
        content = content[:place] + dice.choice(NASTY_BYTES) + content[place:]
    return content


def with_nasty_numbers(content: bytes, dice: Dice) -> bytes:
    """Lengths, counts, offsets and sizes that are not so."""
    numbers = list(re.finditer(rb"(?<![\w.])\d{1,10}(?![\w.])", content))
    for found in sorted(
        dice.sample(numbers, min(len(numbers), dice.choice((1, 3, 20)))), key=lambda one: -one.start()
    ):
        content = content[: found.start()] + dice.choice(NASTY_NUMBERS) + content[found.end() :]
    return content


def inside_archive(content: bytes, dice: Dice) -> bytes:
    """The same, below the compression and with the right checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = {name: packed.read(name) for name in packed.namelist()}
    except Exception:
        return flipped_bits(content, dice)
    name = dice.choice(list(members))
    match dice.randrange(4):
        case 0:
            del members[name]
        case 1:
            members[name] = cut_short(members[name] or b"x", dice)
        case 2:
            members[name] = _wrongly_tagged(members[name], dice)
        case _:
            members[name] = with_nasty_numbers(with_nasty_bytes(members[name] or b"x", dice), dice)
    return archive(members)


def _wrongly_tagged(content: bytes, dice: Dice) -> bytes:
    tags = re.findall(rb"</?w:\w+", content) or [b"<w:p"]
    old, new = dice.choice(tags), dice.choice((*tags, b"<w:tbl", b"</w:tr", b"<w:ins", b"<w:sdt", b"<w:txbxContent"))
    return content.replace(old, new, dice.choice((1, 5, -1)))


def inside_png(content: bytes, dice: Dice) -> bytes:
    """A chunk spoilt, with the right checksum."""
    chunks, place = [], 8
    while place + 12 <= len(content):
        (size,) = struct.unpack(">I", content[place : place + 4])
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + size]))
        place += 12 + size
    if not chunks:
        return flipped_bits(content, dice)
    number = dice.randrange(len(chunks))
    kind, body = chunks[number]
    chunks[number] = (kind, overwritten(body, dice) if body else dice.randbytes(8))
    return content[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def inside_pdf(content: bytes, dice: Dice) -> bytes:
    """References, names and operators that lead elsewhere."""
    found = list(re.finditer(rb"\d+ 0 R|/[A-Z][A-Za-z]+|\b(?:Tj|Tf|Td|BT|ET|endobj|stream|endstream)\b", content))
    for one in sorted(dice.sample(found, min(len(found), dice.choice((1, 4, 12)))), key=lambda one: -one.start()):
        other = (
            dice.choice(found)[0]
            if dice.random() < 0.7
            else dice.choice((b"1 0 R", b"999 0 R", b"/Kids", b"null", b"<<", b"]"))
        )
        content = content[: one.start()] + other + content[one.end() :]
    return content


def _block(content: bytes, dice: Dice) -> tuple[int, int]:
    start = dice.randrange(len(content))
    return start, min(len(content) - start, dice.choice((1, 16, 256, 4096)))
