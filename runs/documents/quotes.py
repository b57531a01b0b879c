"""Finding a quote in a page or a document again: exactly, but for its form, or nearly.

No model has a say in it, so a match is evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from runs.documents.matching import nearest, normalised
from runs.documents.pages import Box, Match, Page

THRESHOLD = 0.85
NORMALISED_SCORE = 0.99
SQUEEZED_SCORE = 0.97

_FORMS = (1.0, NORMALISED_SCORE, SQUEEZED_SCORE)
_MAX_QUOTE = 2000
_MIN_FUZZY_QUOTE = 6
_MOST_OCCURRENCES = 200
_MOST_FUZZY_PAGES = 400
_MARGIN_LINES = 3
_PAGE_NUMBER = re.compile(r"\W*(?:page|seite|pagina|página|p)?\W*\d+(?:\s*(?:of|von|van|de|di|sur|/)\s*\d+)?\W*", re.I)


def find_quote(page: Page, quote: str, *, near: int | None = None) -> Match | None:
    """Find where a quote stands on a page.

    An exact match scores 1.0; one that differs in white space, hyphens, quotation
    marks, ligatures or case a little less; one with other differences the share of
    characters that agree, at least ``THRESHOLD``. None when there is no such place.
    Quotes longer than 2,000 characters are found by their beginning. A match at word
    boundaries is preferred to one inside a word; then the one nearest to ``near``, a place
    in the page's text, or the first.
    """
    quote = quote.strip()[:_MAX_QUOTE]
    if not quote or not page.text:
        return None
    return _found(page, quote, near) or _nearly(page, quote, near)


def find_quotes(page: Page, quote: str) -> list[Match]:
    """Find every place on a page where a quote stands, at most 200, in their order.

    Only matches of the best form there is: exact ones, else those that differ in form.
    Those inside of words are left out where there are others.
    """
    quote = quote.strip()[:_MAX_QUOTE]
    for score in _FORMS:
        found = list(_occurrences(page.text, quote, score)) if quote else []
        if found:
            at_words = [span for span in found if _at_word_boundaries(page.text, *span)] or found
            return [_match(page, *span, score) for span in at_words]
    return []


def find_in_pages(pages: Sequence[Page], quote: str, *, hint: int | None = None) -> Match | None:
    """Find where a quote stands in a document, also over the end of a page.

    Of equally good places the one nearest to the page numbered ``hint``, or the first.
    A match that goes on upon the next page has the rest of it in ``continued``.
    """
    quote = quote.strip()[:_MAX_QUOTE]
    if not quote:
        return None
    ordered = list(pages) if hint is None else sorted(pages, key=lambda page: abs(page.number - hint))
    for score in _FORMS:
        for page in ordered:
            if match := _in_form(page, quote, score, None):
                return match
    seams = list(_seams(pages, hint, len(quote)))
    for seam in seams:
        match = _found(seam.page, quote, None)
        if match is not None and (parted := seam.parted(match)):
            return parted
    near_ones = [_nearly(page, quote, None) for page in ordered[:_MOST_FUZZY_PAGES]]
    for seam in seams[:_MOST_FUZZY_PAGES]:
        match = _nearly(seam.page, quote, None)
        near_ones.append(match and seam.parted(match))
    return max(filter(None, near_ones), key=lambda match: match.score, default=None)


class _Seam:
    """The end of one page and the beginning of the next, without what stands in their margins."""

    def __init__(self, before: Page, after: Page, end: int, start: int, reach: int) -> None:
        self._before, self._after = before, after
        self._first = max(0, end - reach)
        self._start = start
        head, tail = before.text[self._first : end], after.text[start : start + reach]
        self._length = len(head)
        self.page = Page(before.number, f"{head}\n{tail}")

    def parted(self, match: Match) -> Match | None:
        """The same match on both pages; None where it is on one of them only."""
        if not match.start < self._length < match.end - 1:
            return None
        offset = self._start - self._length - 1
        rest = _match(self._after, self._start, match.end + offset, match.score)
        begun = _match(self._before, self._first + match.start, self._first + self._length, match.score)
        return replace(begun, continued=rest)


def _seams(pages: Sequence[Page], hint: int | None, length: int) -> Iterator[_Seam]:
    repeated = Counter(line for page in pages for line in {_folded(line) for line in _margin_lines(page)})
    pairs = list(pairwise(pages))
    if hint is not None:
        pairs.sort(key=lambda pair: abs(pair[0].number - hint))
    for before, after in pairs:
        end, start = _body(before.text, repeated)[1], _body(after.text, repeated)[0]
        if before.text[:end].strip() and after.text[start:].strip():
            yield _Seam(before, after, end, start, 2 * length)


def _margin_lines(page: Page) -> list[str]:
    lines = page.text.split("\n")
    return lines[:_MARGIN_LINES] + lines[_MARGIN_LINES:][-_MARGIN_LINES:]


def _folded(line: str) -> str:
    return re.sub(r"\d+", "0", line.strip())


def _body(text: str, repeated: Counter[str]) -> tuple[int, int]:
    """Where a page's text begins and ends without the lines that other pages have too, and page numbers."""
    start, end = 0, len(text)
    for _ in range(_MARGIN_LINES):
        stop = text.find("\n", start, end)
        if stop < 0 or not _is_marginal(text[start:stop], repeated):
            break
        start = stop + 1
    for _ in range(_MARGIN_LINES):
        begin = text.rfind("\n", start, end)
        if begin < 0 or not _is_marginal(text[begin + 1 : end], repeated):
            break
        end = begin
    return start, end


def _is_marginal(line: str, repeated: Counter[str]) -> bool:
    return not line.strip() or repeated[_folded(line)] > 1 or _PAGE_NUMBER.fullmatch(line) is not None


def _found(page: Page, quote: str, near: int | None) -> Match | None:
    """The best place where a quote stands but for its form."""
    return next(filter(None, (_in_form(page, quote, score, near) for score in _FORMS)), None)


def _in_form(page: Page, quote: str, score: float, near: int | None) -> Match | None:
    inside: list[tuple[int, int]] = []
    at_words: list[tuple[int, int]] = []
    for span in _occurrences(page.text, quote, score):
        (at_words if _at_word_boundaries(page.text, *span) else inside).append(span)
        if at_words and near is None:
            break
    # Without spaces and hyphens, much stands inside of words by chance.
    spans = at_words or (inside if score != SQUEEZED_SCORE else [])
    if not spans:
        return None
    best = spans[0] if near is None else min(spans, key=lambda span: abs(span[0] - near))
    return _match(page, *best, score)


def _occurrences(text: str, quote: str, score: float) -> Iterator[tuple[int, int]]:
    """The places of a quote in the form that the score stands for."""
    if score == 1.0:
        for start in _starts(text, quote):
            yield start, start + len(quote)
        return
    squeezed = score == SQUEEZED_SCORE
    needle = normalised(quote, squeezed).text
    if not needle.strip():
        return
    form, places = normalised(text, squeezed)
    for start in _starts(form, needle):
        yield places[start], places[start + len(needle) - 1] + 1


def _starts(text: str, quote: str) -> Iterator[int]:
    start = text.find(quote)
    for _ in range(_MOST_OCCURRENCES):
        if start < 0:
            return
        yield start
        start = text.find(quote, start + 1)


def _at_word_boundaries(text: str, start: int, end: int) -> bool:
    opens = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    closes = end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return opens and closes


def _nearly(page: Page, quote: str, near: int | None) -> Match | None:
    needle = normalised(quote, False).text
    if len(needle) < _MIN_FUZZY_QUOTE:
        return None
    text, places = normalised(page.text, False)
    near = None if near is None else bisect_left(places, near)
    found = nearest(text, needle, int(len(needle) * (1 - THRESHOLD)), near)
    if found is None:
        return None
    score = round(1 - found.distance / len(needle), 3)
    return _match(page, places[found.start], places[found.end - 1] + 1, score)


def _match(page: Page, start: int, end: int, score: float) -> Match:
    return Match(page.number, start, end, score, _boxes(page, start, end))


def _boxes(page: Page, start: int, end: int) -> list[Box]:
    """Give the boxes of a stretch of text, those of one line joined to one."""
    boxes: list[Box] = []
    first = max(0, bisect_left(page.words, start, key=lambda word: word.start) - 1)
    for index in range(first, len(page.words)):
        word = page.words[index]
        if word.start >= end:
            break
        if word.start + len(word.text) <= start or word.box is None:
            continue
        if boxes and _continues_line(boxes[-1], word.box):
            last = boxes[-1]
            boxes[-1] = Box(
                min(last.left, word.box.left),
                min(last.top, word.box.top),
                max(last.right, word.box.right),
                max(last.bottom, word.box.bottom),
            )
        else:
            boxes.append(word.box)
    return boxes


def _continues_line(before: Box, after: Box) -> bool:
    height = max(after.bottom - after.top, 1.0)
    middle = (after.top + after.bottom) / 2
    gap = max(after.left - before.right, before.left - after.right)  # to the right, or to the left as in Hebrew
    return before.top <= middle <= before.bottom and -height < gap < height * 3
