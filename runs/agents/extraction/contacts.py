"""E-mail addresses, phone numbers, web addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,18}(?![\w@])")
_URL = re.compile(
    r"(?<![\w@.])(?:https?://[^\s<>\"'()|]{4,300}|www\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"'()|]{0,200})?)", re.IGNORECASE
)
_DOMAIN = re.compile(
    r"\b(?:web\s?(?:site)?|internet|url|homepage|site|sito|visit|online|home)\s?[:.]?\s+"
    r"(?P<url>(?:[a-z0-9][a-z0-9-]{1,40}\.){1,3}(?:com|net|org|de|fr|nl|es|it|at|ch|be|eu|io|co\.uk|info|biz|lu)"
    r"(?:/[\w./-]*)?)(?![\w@-])",
    re.IGNORECASE,
)
_PHONE_LABEL = re.compile(
    r"\b(?P<fax>(?:tele)?fax)\b|\b(?:tel(?:efon|ephone|efoon|efono|ef)?|phone|ph|mobile|mobil(?:e|funk)?|movil|handy|"
    r"gsm|cell(?:ulare)?|hotline|call us)\b\.?"
)
_NUMBER_AFTER_LABEL = re.compile(
    r"(?:\s(?:and|und|et|en|e|y|/|&)\s(?:tele)?(?:fax|tel)\b)?[\s.:/°#not-]{0,8}"
    r"(?P<number>[+(]?\(?\+?\d[\d\s()./\u2013-]{5,24}\d)"
)
_INTERNATIONAL = re.compile(r"(?<![\w+/.,-])\+\d{1,3}[\s(./-]{0,2}\d[\d\s()./\u2013-]{5,18}\d(?![\w%€$£])")
_AMERICAN = re.compile(r"(?<![\w+/.,-])(?:\(\d{3}\)[ -]?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-])")
_WHOLE_NUMBER = 7


class ContactFound(NamedTuple):
    """A contact in a text, normalised. ``name`` is the field's: email, url, phone or fax."""

    name: str
    start: int
    end: int
    value: str
    confidence: float


def find_contacts(text: str, folded: str) -> list[ContactFound]:
    """Find the contacts in a text, none overlapping."""
    found: list[ContactFound] = []
    for candidate in (*_emails(text), *_urls(text), *_phones(text, folded)):
        if not any(candidate.start < other.end and other.start < candidate.end for other in found):
            found.append(candidate)
    return found


def _emails(text: str) -> Iterator[ContactFound]:
    for match in _EMAIL.finditer(text):
        value = match[0].strip(".").lower()
        yield ContactFound("email", match.start(), match.end(), value, 0.98)


def _urls(text: str) -> Iterator[ContactFound]:
    for pattern, confidence in ((_URL, 0.95), (_DOMAIN, 0.8)):
        for match in pattern.finditer(text):
            group = "url" if pattern is _DOMAIN else 0
            value = match[group].rstrip(".,;:!?)]}*")
            yield ContactFound("url", match.start(group), match.start(group) + len(value), value, confidence)


def _phones(text: str, folded: str) -> Iterator[ContactFound]:
    for label in _PHONE_LABEL.finditer(folded):
        match = _NUMBER_AFTER_LABEL.match(text, label.end())
        if match:
            name = "fax" if label["fax"] else "phone"
            yield from _phone(name, text, match.start("number"), match.end("number"), 0.92)
    for pattern, confidence in ((_INTERNATIONAL, 0.85), (_AMERICAN, 0.75)):
        for match in pattern.finditer(text):
            yield from _phone("phone", text, match.start(), match.end(), confidence)


def _phone(name: str, text: str, start: int, end: int, confidence: float) -> Iterator[ContactFound]:
    raw = text[start:end]
    first = raw
    for part in re.finditer(r"\s[/-]\s|\s{2,}|/(?=\s?\+)", raw):
        # A second number often follows after wide punctuation, which may also part an area code: keep the first.
        if sum(map(str.isdigit, raw[: part.start()])) >= _WHOLE_NUMBER:
            first = raw[: part.start()].rstrip(" ()./-")
            break
    digits = re.sub(r"\D", "", first.replace("(0)", ""))
    goes_on = text[end:].strip() in ("-", "\u2013")
    if _WHOLE_NUMBER <= len(digits) <= 15 and not goes_on:
        value = ("+" if first.lstrip("( ").startswith("+") else "") + digits
        yield ContactFound(name, start, start + len(first), value, confidence)
