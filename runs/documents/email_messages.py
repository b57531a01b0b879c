"""Reading e-mails (``.eml``): headers and body of the message, and of each message in it, as a page.

Attachments are listed and not read. Nothing a message refers to is fetched.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, TypeAlias

from runs.documents.characters import clean
from runs.documents.html import read_markup
from runs.documents.kinds import EMAIL, READABLE_KINDS, UNREADABLE_KINDS, sniff_content
from runs.documents.pages import Page, Reading
from runs.documents.text import decode, read_bytes, tidy, words_of
from runs.errors import UnreadableDocument

MOST_BOUNDARIES: Final = 400
"""Parts within parts cost their square to be taken apart; messages of people have a handful."""
MOST_MESSAGES: Final = 50
MOST_LISTED: Final = 50
_SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
_LONGEST_HEADER: Final = 4000
_ENCRYPTED: Final = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))

_Part: TypeAlias = "Message[str, str]"


@dataclass(frozen=True, slots=True)
class _Attachment:
    name: str
    kind: str
    size: int
    sha256: str
    is_shown: bool

    @property
    def word(self) -> str:
        """Its kind, for people."""
        return READABLE_KINDS.get(self.kind) or UNREADABLE_KINDS.get(self.kind, "file of an unknown kind")

    def __str__(self) -> str:
        return f"{self.name}, {self.kind}, {self.size} bytes, SHA-256 {self.sha256}"


@dataclass(slots=True)
class _Found:
    """What a message holds: its text, its files, and the messages within it."""

    texts: list[str] = field(default_factory=list)
    attachments: list[_Attachment] = field(default_factory=list)
    messages: list[_Part] = field(default_factory=list)


def read_email(path: Path) -> Reading:
    """Read an e-mail. Raises ``UnreadableDocument`` for one that is encrypted or absurdly made."""
    data = read_bytes(path)
    if data.lower().count(b"boundary=") > MOST_BOUNDARIES:
        raise UnreadableDocument("The e-mail has too many parts within parts; save what matters by itself.")
    if data.startswith(b"From "):
        data = data.partition(b"\n")[2]  # the line a mailbox puts before a message
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    pages: list[Page] = []
    attachments: list[_Attachment] = []
    waiting = [message]
    while waiting and len(pages) < MOST_MESSAGES:
        current = waiting.pop(0)
        found = _Found()
        _take_apart(current, found)
        text = tidy("\n".join([*_head(current), "", *found.texts]))
        pages.append(Page(len(pages) + 1, text, words_of(text)))
        attachments += found.attachments
        waiting = [*found.messages, *waiting]
    warnings = _warnings(attachments)
    if waiting:
        warnings.append(f"Only the first {MOST_MESSAGES} messages in this one were read.")
    return Reading(EMAIL, pages, _metadata(message, attachments), warnings)


def _take_apart(part: _Part, found: _Found) -> None:
    kind = part.get_content_type()
    if kind in _ENCRYPTED:
        raise UnreadableDocument("The e-mail is encrypted; save it as it is shown to you, as a PDF or text.")
    if kind == "message/rfc822" and part.is_multipart():
        found.messages += [inner for inner in part.get_payload() if isinstance(inner, Message)]
    elif kind == "multipart/alternative" and part.is_multipart():
        _take_best(part, found)
    elif part.is_multipart():
        for inner in _inner(part):
            _take_apart(inner, found)
    elif kind in ("text/plain", "text/html") and not _is_attached(part):
        found.texts.append(_text(part))
    elif content := _content(part):
        found.attachments.append(_attachment(part, content))


def _take_best(alternatives: _Part, found: _Found) -> None:
    """The plain text, unless it says much less than the web page beside it, as "please use another program" does."""
    branches: list[_Found] = []
    for inner in _inner(alternatives):
        branch = _Found()
        _take_apart(inner, branch)
        branches.append(branch)
    longest = max((_letters(branch) for branch in branches), default=0)
    best = next((branch for branch in branches if _letters(branch) >= longest * 0.5), None)
    found.texts += best.texts if best else []
    for branch in branches:
        found.attachments += branch.attachments
        found.messages += branch.messages


def _letters(found: _Found) -> int:
    return sum(map(str.isalnum, "".join(found.texts)))


def _inner(part: _Part) -> Iterator[_Part]:
    payload = part.get_payload()
    return (inner for inner in payload if isinstance(inner, Message)) if isinstance(payload, list) else iter(())


def _is_attached(part: _Part) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _text(part: _Part) -> str:
    content = _content(part)
    try:
        text = content.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        text, _ = decode(content)
    if part.get_content_type() == "text/html":
        return read_markup(text).text
    return text


def _content(part: _Part) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(part: _Part, content: bytes) -> _Attachment:
    name = " ".join(clean(_readable(part.get_filename() or "")).split())[:200] or "an attachment without a name"
    is_shown = part.get_content_disposition() != "attachment" and part.get("Content-ID") is not None
    return _Attachment(
        name, sniff_content(io.BytesIO(content)), len(content), hashlib.sha256(content).hexdigest(), is_shown
    )


def _head(message: _Part) -> list[str]:
    return [f"{name}: {said}" for name in _SHOWN if (said := _header(message, name))]


def _header(message: _Part, name: str) -> str:
    for known, raw in message.raw_items():
        if known.lower() == name.lower():
            return " ".join(clean(_readable(str(raw)[:_LONGEST_HEADER])).split())
    return ""


def _readable(raw: str) -> str:
    """A header as people write it: encoded words and bytes of any alphabet decoded, never failing."""
    if not raw.isascii():
        raw, _ = decode(raw.encode("utf-8", "surrogateescape"))
    parts = []
    try:
        pieces = decode_header(re.sub(r"\r?\n(?=[ \t])", "", raw))
    except Exception:  # its own kinds of errors, for words that are encoded wrongly
        return raw
    for piece, charset in pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        try:
            parts.append(piece.decode(charset or "ascii"))
        except (LookupError, UnicodeDecodeError):
            parts.append(decode(piece)[0])
    return "".join(parts)


def _metadata(message: _Part, attachments: list[_Attachment]) -> dict[str, str]:
    found = {
        "title": _header(message, "Subject"),
        "author": _header(message, "From"),
        "to": _header(message, "To"),
        "created_at": _moment(_header(message, "Date")),
        "message_id": _header(message, "Message-ID"),
    }
    found |= {f"attachment {number}": str(one) for number, one in enumerate(attachments[:MOST_LISTED], 1)}
    return {name: text[:2000] for name, text in found.items() if text}


def _moment(said: str) -> str:
    try:
        moment = parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError, OverflowError):
        return said
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _warnings(attachments: list[_Attachment]) -> list[str]:
    files = [one for one in attachments if not one.is_shown]
    if not files:
        return []
    named = ", ".join(f"“{one.name}” ({one.word})" for one in files[:5])
    rest = f" and {len(files) - 5} more" if len(files) > 5 else ""
    if len(files) == 1:
        return [f"The e-mail has an attachment, which was not read: {named}. Upload it by itself."]
    return [f"The e-mail has {len(files)} attachments, which were not read: {named}{rest}. Upload them by themselves."]
