"""What reading a document gives: pages of text, words and their places.

Lengths are in points (1/72 inch); the origin is the top left corner of the page
as a person sees it, turned as its file says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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


class Line(NamedTuple):
    """Words beside each other, as they are seen. ``box`` is None where the format has no layout.

    A word hyphenated at a line's end has its first part here and its second in the next line.
    """

    words: Sequence[Word]
    box: Box | None = None

    @property
    def text(self) -> str:
        """The line's words with one space between them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Page:
    """One page. Formats without pages (HTML, plain text) are one page, numbered 1.

    ``text`` is in reading order, lines separated by newlines. ``words`` lists the same
    words in the same order; their boxes are None where the format has no layout.
    ``breaks`` is for each line that is seen the number of words before it; None where
    lines are what newlines separate. ``ocr_confidence``: how sure the recognition of a
    picture's words was, from 0 to 1; None where the words were written as such.
    """

    number: int
    text: str
    words: Sequence[Word] = ()
    width: float = 0.0
    height: float = 0.0
    breaks: Sequence[int] | None = None
    ocr_confidence: float | None = None

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The lines in reading order, each with its words and the box around them."""
        starts = list(self.breaks) if self.breaks is not None else self._starts_after_newlines()
        spans = zip(starts, [*starts[1:], len(self.words)], strict=True)
        return [
            Line(self.words[start:end], around(word.box for word in self.words[start:end])) for start, end in spans
        ]

    def _starts_after_newlines(self) -> list[int]:
        starts = []
        place = 0
        for index, word in enumerate(self.words):
            if index == 0 or self.text.find("\n", place, word.start) >= 0:
                starts.append(index)
            place = word.start + len(word.text)
        return starts


class Cell(NamedTuple):
    """One cell of a table; empty where another spans it. ``box`` is None where the format has no layout."""

    text: str
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, as many in each row. ``page`` is the number of the page it stands on.

    ``continues``: its first row follows the last row of the table before it, which the
    end of a page cut off.
    """

    page: int
    box: Box | None
    rows: Sequence[Sequence[Cell]]
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole document, read.

    ``metadata``: what the file says of itself (``title``, ``author``, ``created_at`` …),
    as text. ``warnings``: sentences about what could not be read. ``language``: what the
    text is mostly in, as an ISO 639-1 code; None where it can not be told. ``is_lasting``:
    whether reading the document again gives the same, and no more.
    """

    media_type: str
    pages: Sequence[Page]
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    tables: Sequence[Table] = ()
    language: str | None = None
    is_lasting: bool = True

    @property
    def text(self) -> str:
        """All pages' text, separated by form feeds."""
        return "\f".join(page.text for page in self.pages)


def text_of(words: Iterable[Word]) -> str:
    """Give words as a text: with a space between them, but for the parts of a hyphenated one."""
    parts: list[str] = []
    end = -1
    for word in words:
        if parts and word.start != end:
            parts.append(" ")
        parts.append(word.text)
        end = word.start + len(word.text)
    return "".join(parts)


def around(boxes: Iterable[Box | None]) -> Box | None:
    """Give the box around boxes; None where there are none."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


Progress = Callable[[int, int], None]
"""Called with the pages done and the pages in all."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a quote stands. ``score``: 1.0 for an exact match, less for an inexact one.

    ``continued`` is the rest of it on the next page, where it goes on over the end of one.
    """

    page: int
    start: int
    end: int
    score: float
    boxes: Sequence[Box] = ()
    continued: Match | None = None
