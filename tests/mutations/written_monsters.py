"""Web pages, e-mails and texts made to break their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.mutations.originals import LINES

TEXT = "\n".join(LINES)

_PART = "Content-Type: message/rfc822\n\nFrom: a@kestrel.test\nMIME-Version: 1.0\n"


def html(body: str) -> bytes:
    return f"<!doctype html><body>{body}</body>".encode()


def email(headers: str, body: str = TEXT) -> bytes:
    return f"From: a@kestrel.test\nMIME-Version: 1.0\n{headers}\n\n{body}".encode()


def parts_within_parts(depth: int) -> bytes:
    made = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(depth))
    return ("From: a@kestrel.test\nMIME-Version: 1.0\n" + made + TEXT).encode()


WRITTEN: Mapping[str, Callable[[], bytes]] = {
    "depth.html": lambda: html("<div>" * 200_000 + TEXT),
    "tables-in-tables.html": lambda: html("<table><tr><td>" * 900 + TEXT),
    "cells.html": lambda: html("<table>" + "<tr>" + "<td>1" * 20_000 + "</table>"),
    "spans.html": lambda: html("<table>" + "<tr><td colspan=999999 rowspan=999999>1" * 2000 + "</table>" + TEXT),
    "elements.html": lambda: html("<b>x" * 2_900_000),
    "attributes.html": lambda: html("<p " + " ".join(f"a{n}=1" for n in range(400_000)) + ">" + TEXT),
    "one-long-word.html": lambda: html("<p>" + "9" * 1_000_000),
    "entities.html": lambda: html("&euro;&#x1F600;&#0;&#xFFFFFFFFF; " * 300_000),
    "comment.html": lambda: html("<!--" + "-" * 3_000_000 + TEXT),
    "script.html": lambda: html("<script>" + "x<" * 2_000_000),
    "lists.html": lambda: html("<ul><li>" * 1900 + TEXT),
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
    "one-long-word.txt": lambda: b"a" * 1_000_000,
    "one-long-number.txt": lambda: b"Total " + b"1" * 1_000_000,
    "numbers.txt": lambda: b"1.234,56 " * 20_000,
    "dates.txt": lambda: b"Invoice date: 03.05.2024\n" * 8_000,
    "addresses.txt": lambda: b"a@b." * 100_000,
    "labels.txt": lambda: b"Total: " * 30_000,
    "separators.txt": lambda: b"1." * 100_000,
    "spaces.txt": lambda: b"Total" + b" " * 1_000_000 + b"EUR 5.00",
    "lines.txt": lambda: b"x\n" * 300_000,
    "blank-lines.txt": lambda: b"x" + b"\n" * 4_900_000 + b"y",
    "too-long.txt": lambda: b"word " * 4_000_000,
    "quotes.txt": lambda: b'"' * 5_000_000,
    "accents.txt": lambda: ("e" + "\u0301" * 3_000_000).encode(),
    "ideographs.txt": lambda: ("合計金額は五千円です。" * 60_000).encode(),
    "half-a-character.txt": lambda: TEXT.encode("utf-16")[:-1],
    "surrogates.txt": lambda: ("\ud800" * 100_000).encode("utf-16-le", "surrogatepass") + TEXT.encode("utf-16-le"),
    "every-byte.txt": lambda: (bytes(range(1, 256)) + b"\n") * 10_000,
    "brackets.md": lambda: b"# x\n\n" + b"[" * 100_000 + b"](x)",
    "quotes-in-quotes.md": lambda: b"# x\n\n" + b">" * 100_000 + b" x",
    "stars.md": lambda: b"# x\n\n" + b"**a **" * 40_000,
    "lists-in-lists.md": lambda: b"# x\n\n" + b"".join(b"  " * n + b"- x\n" for n in range(800)),
    "backticks.md": lambda: b"# x\n\n" + b"".join(b"`" * n + b" " for n in range(1500)),
    "table.md": lambda: b"|" + b"a|" * 5000 + b"\n|" + b"-|" * 5000 + b"\n" + (b"|" + b"b|" * 50 + b"\n") * 2000,
    "commas.csv": lambda: (b"," * 2000 + b"\n") * 3500,
    "quotes.csv": lambda: b'a,b,"c\n' * 60_000,
}
