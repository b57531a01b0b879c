"""What reading a document gives: pages of text, words and their places.

Lengths are in points (1/72 inch); the origin is the top left corner of the page
as a person sees it, turned as its file says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle on a page: left, top, right, bottom, in points."""

    left: float
    top: float
    right: float
    bottom: float


class Word(NamedTuple):
    """A run of characters without white space. ``start`` is its place in ``Page.text``."""

    text: str
    start: int
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Formats without pages (HTML, plain text) are one page, numbered 1.

    ``text`` is in reading order, lines separated by newlines. ``words`` lists the same
    words in the same order; their boxes are None where the format has no layout.
    """

    number: int
    text: str
    words: Sequence[Word] = ()
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole document, read.

    ``metadata``: what the file says of itself (``title``, ``author``, ``created_at`` …),
    as text. ``warnings``: sentences about what could not be read.
    """

    media_type: str
    pages: Sequence[Page]
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    @property
    def text(self) -> str:
        """All pages' text, separated by form feeds."""
        return "\f".join(page.text for page in self.pages)


Progress = Callable[[int, int], None]
"""Called with the pages done and the pages in all."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a quote stands. ``score``: 1.0 for an exact match, less for an inexact one."""

    page: int
    start: int
    end: int
    score: float
    boxes: Sequence[Box] = ()
