"""Telling text from text: an e-mail, Markdown, a table, or plain words. Told from the content, as all kinds are."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Final

TEXT: Final = "text/plain"
MARKDOWN: Final = "text/markdown"
CSV: Final = "text/csv"
EMAIL: Final = "message/rfc822"

_HEADER: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):(?:[ \t].*)?")
_TRANSPORT: Final = frozenset(
    (
        "received",
        "message-id",
        "mime-version",
        "return-path",
        "delivered-to",
        "dkim-signature",
        "x-mailer",
        "user-agent",
    )
)
_MOST_HEADERS: Final = 400

_SEPARATORS: Final = (";", "\t", ",")
_FEWEST_COLUMNS: Final = {",": 3}
"""Prose has commas, too."""
_SAMPLE_ROWS: Final = 60
_LONGEST_CELL: Final = 80

_MARKDOWN_HEADING: Final = re.compile(r"(?m)^ {0,3}#{1,6} +\S")
_MARKDOWN_TABLE: Final = re.compile(r"(?m)^ {0,3}\|?(?: *:?-{3,}:? *\|)+(?: *:?-{3,}:?)? *$")
_MARKDOWN_MARKS: Final = (
    re.compile(r"(?m)^```"),
    re.compile(r"\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)"),
    re.compile(r"\*\*[^\s*][^*\n]{0,200}\*\*"),
    re.compile(r"(?m)^ {0,3}[-*+] +\S"),
    re.compile(r"(?m)^ {0,3}> +\S"),
    re.compile(r"`[^`\n]{1,200}`"),
)


def written_kind(text: str) -> str:
    """Whether text is Markdown, a table of separated values, or plain."""
    if _is_markdown(text):
        return MARKDOWN
    return CSV if separator_of(text) else TEXT


def is_email(head: bytes) -> bool:
    """Whether a file begins as an e-mail does: with headers, one of them its sender's."""
    lines = head.decode("latin-1").splitlines()[:_MOST_HEADERS]
    if lines and lines[0].startswith("From "):
        lines = lines[1:]  # a mailbox's own line
    names: dict[str, str] = {}
    for number, line in enumerate(lines):
        if not line:
            break
        found = _HEADER.fullmatch(line)
        if found:
            names[found[1].lower()] = line
        elif number == 0 or not line.startswith((" ", "\t")):
            return False
    if "from" not in names:
        return False
    is_sent = len(names.keys() & _TRANSPORT) >= 1 and len(names) >= 3
    return is_sent or ("@" in names["from"] and {"date", "subject"} <= names.keys())


def separator_of(text: str) -> str | None:
    """What separates the cells of a table; None where the text does not look like one.

    Nearly all rows have as many cells as each other, most of them short.
    """
    lines = [line for line in text.splitlines()[: _SAMPLE_ROWS + 1] if line.strip()]
    for separator in _SEPARATORS:
        if sum(separator in line for line in lines) < max(2, len(lines) * 0.6):
            continue
        rows = [row for row in rows_of("\n".join(lines), separator) if any(row)][:_SAMPLE_ROWS]
        if len(rows) < 2:
            continue
        ((width, count),) = Counter(map(len, rows)).most_common(1)
        cells = [cell for row in rows for cell in row]
        is_even = count >= len(rows) * 0.9 and width >= _FEWEST_COLUMNS.get(separator, 2)
        if is_even and sum(len(cell) <= _LONGEST_CELL for cell in cells) >= len(cells) * 0.9 and _has_no_prose(cells):
            return separator
    return None


def rows_of(text: str, separator: str) -> list[list[str]]:
    """The cells of a table's rows, whatever is wrong with its quotation marks."""
    csv.field_size_limit(len(text) + 1)
    try:
        return list(csv.reader(text.replace("\0", "").splitlines(keepends=True), delimiter=separator))
    except csv.Error:
        return [line.split(separator) for line in text.splitlines()]


def _has_no_prose(cells: list[str]) -> bool:
    """Whether cells begin and end as cells do: those of a sentence begin with a space, and end with a full stop."""
    filled = [cell for cell in cells if cell.strip()]
    spaced = sum(cell.startswith(" ") for cell in filled)
    stopped = sum(bool(re.search(r"[^\W\d]{3}[.!?]$", cell)) for cell in filled)
    return stopped <= len(filled) * 0.1 and spaced <= len(filled) * 0.3


def _is_markdown(text: str) -> bool:
    marks = sum(bool(mark.search(text)) for mark in _MARKDOWN_MARKS)
    headings = len(_MARKDOWN_HEADING.findall(text))
    is_table = bool(_MARKDOWN_TABLE.search(text))
    return (headings >= 1 and (marks >= 1 or headings >= 2 or is_table)) or (is_table and "|" in text)
