"""A document as one text to search, with the way back to its pages.

Line breaks count as one white space, typographic characters as their plain forms,
and pages are joined, so that a phrase is found however it was set. Quotes are cut
from the page's own text, not from this one.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from runs.agents.policies.findings import Evidence
from runs.agents.policies.patterns import FOLDING, Expression, SearchBudget
from runs.documents import Page, Reading, find_quote

MAX_QUOTE = 300
SHORT_LINE = 50
NEIGHBOURHOOD = 600
LONGEST = 1500
LONGEST_LINE = 180

_REWRITTEN = regex.compile(r"(?<=\p{Ll})-\n(?=\p{Ll})|[ ]*\n\s*| {2,}")
_SENTENCE_END = regex.compile(
    r"""(?<!\b\p{L})(?<!\b\d{1,3})[.!?]['")\]]?\s+(?=[\p{Lu}\d("'\u2018\u201c\u201e\u2022])|;\s+"""
)
_NUMBERED_LINE = regex.compile(r"\(?[\da-z]{1,3}[.)]|\d|[\u2022\u00b7*-]\s|\u00a7")


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of a transcript: what an expression matched. ``group`` is the pattern's first group."""

    start: int
    end: int
    group: str = ""


class Transcript:
    """The text of a reading, folded for searching. Places are offsets in ``text``."""

    def __init__(self, reading: Reading) -> None:
        self.pages: Sequence[Page] = reading.pages
        self.page_starts: list[int] = []
        self._marks: list[tuple[int, int]] = []
        self._blank_lines: set[int] = set()
        parts: list[str] = []
        place = 0
        for page in reading.pages:
            text, marks, blanks = _folded(page.text)
            self._blank_lines.update(place + blank for blank in blanks)
            self.page_starts.append(place)
            self._marks += [(place + folded, original) for folded, original in marks]
            parts.append(text + "\n")
            place += len(text) + 1
        self.text = "".join(parts)

    def find(
        self, expression: Expression, budget: SearchBudget, stretches: Sequence[Spot] | None = None
    ) -> Iterator[Spot]:
        """Give the places of an expression, in the given stretches or everywhere.

        Raises ``TimeoutError`` when the budget is used up.
        """
        for stretch in stretches if stretches is not None else [Spot(0, len(self.text))]:
            matches = expression.compiled.finditer(
                self.text, stretch.start, stretch.end, timeout=budget.remaining_seconds()
            )
            for match in matches:
                if match.end() > match.start():
                    groups = (group for group in match.groups() if group)
                    yield Spot(match.start(), match.end(), next(groups, ""))

    def page_number_at(self, place: int) -> int:
        """Return the number of the page on which a place stands."""
        return self.pages[self._page_index(place)].number

    def sentence_around(self, spot: Spot) -> Spot:
        """Return the sentence (or line, in a table or a form) around a spot, however long it is."""
        lowest, highest = max(0, spot.start - LONGEST), min(len(self.text), spot.end + LONGEST)
        return Spot(_sentence_start(self.text, lowest, spot.start), _sentence_end(self.text, spot.end, highest))

    def paragraph_around(self, spot: Spot) -> Spot:
        """Return the paragraph around a spot: between blank lines, numbers, and lines that end early."""
        lowest, highest = max(0, spot.start - 2 * LONGEST), min(len(self.text), spot.end + 2 * LONGEST)
        before = (place + 1 for place in range(spot.start - 1, lowest - 1, -1) if self._ends_paragraph(place))
        after = (place for place in range(spot.end, highest) if self._ends_paragraph(place))
        return Spot(next(before, lowest), next(after, highest))

    def _ends_paragraph(self, place: int) -> bool:
        if self.text[place] != "\n":
            return False
        if place in self._blank_lines:
            return True
        line_start = self.text.rfind("\n", 0, place) + 1
        # A line this long was never broken to fit a page: it is a paragraph by itself.
        return place - line_start > LONGEST_LINE or _ends_line(self.text, place)

    def evidence(self, spot: Spot) -> Evidence:
        """Return the sentence or line around a spot in the page's own words, with its boxes.

        A spot that runs over a page's end is shown as far as its first page goes.
        """
        index = self._page_index(spot.start)
        page = self.pages[index]
        next_start = self.page_starts[index + 1] if index + 1 < len(self.pages) else len(self.text)
        first = self._original(spot.start)
        last = self._original(min(spot.end, next_start - 1) - 1) + 1
        start, end = _surroundings(page.text, first, max(first, last))
        # The rest of the page is masked: the same words may stand further up.
        match = find_quote(replace(page, text=" " * start + page.text[start:end]), page.text[start:end])
        return Evidence(
            page=page.number, quote=" ".join(page.text[start:end].split()), boxes=list(match.boxes) if match else []
        )

    def _page_index(self, place: int) -> int:
        return bisect.bisect_right(self.page_starts, place) - 1

    def _original(self, place: int) -> int:
        folded, original = self._marks[bisect.bisect_right(self._marks, (place, len(self.text))) - 1]
        return original + place - folded


def _folded(text: str) -> tuple[str, list[tuple[int, int]], list[int]]:
    """Fold a page's text.

    Marks pair offsets in the folded and in the original text from which both run alike; then come the
    line breaks of the folded text that stand for blank lines.
    """
    text = text.translate(FOLDING)
    parts: list[str] = []
    marks = [(0, 0)]
    blanks: list[int] = []
    length = done = 0
    for match in _REWRITTEN.finditer(text):
        found = match[0]
        written = "" if found[0] == "-" else "\n" if "\n" in found else " "
        if written == found:
            continue
        parts += [text[done : match.start()], written]
        length += match.start() - done + len(written)
        if found.count("\n") > 1:
            blanks.append(length - 1)
        done = match.end()
        marks.append((length, done))
    parts.append(text[done:])
    return "".join(parts), marks, blanks


def _surroundings(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to its sentence or line, within ``MAX_QUOTE`` characters and at white space."""
    if end - start >= MAX_QUOTE:
        return start, start + MAX_QUOTE
    room = MAX_QUOTE - (end - start)
    left = _sentence_start(text, max(0, start - room), start)
    right = _sentence_end(text, end, min(len(text), end + room))
    if right - left > MAX_QUOTE:
        # Both sides are long: keep what stands close, and no halves of words.
        left = _next_space(text, max(left, start - room // 2), start)
        right = _previous_space(text, end, min(right, left + MAX_QUOTE))
    while left < start and text[left].isspace():
        left += 1
    while right > end and text[right - 1].isspace():
        right -= 1
    return left, right


def _sentence_start(text: str, lowest: int, start: int) -> int:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, lowest, min(len(text), start + 1))]
    breaks = [place + 1 for place in range(lowest, start) if text[place] == "\n" and _ends_line(text, place)]
    found = [place for place in [*ends, *breaks] if place <= start]
    if found:
        return max(found)
    return 0 if lowest == 0 else _next_space(text, lowest, start)


def _sentence_end(text: str, end: int, highest: int) -> int:
    stop = _SENTENCE_END.search(text, max(0, end - 1), min(len(text), highest + 2))
    breaks = (place for place in range(end, highest) if text[place] == "\n" and _ends_line(text, place))
    found = [
        place for place in (stop.end() if stop else None, next(breaks, None)) if place and end <= place <= highest
    ]
    if found:
        return min(found)
    return highest if highest == len(text) else _previous_space(text, end, highest)


def _ends_line(text: str, newline: int) -> bool:
    """Whether a line break ends a line of its own, not just one line of running text."""
    line = text[text.rfind("\n", 0, newline) + 1 : newline].strip()
    following = text[newline + 1 : newline + 40].lstrip(" ")
    if not line or not following or following[0] == "\n" or _NUMBERED_LINE.match(following):
        return True
    if following[0].islower():
        return False
    # Running text breaks where the next word no longer fits beside the lines around it.
    around = text[max(0, newline - NEIGHBOURHOOD) : newline + NEIGHBOURHOOD].split("\n")[1:-1]
    width = max([SHORT_LINE, *map(len, around)])
    return len(line) + len(following.split()[0]) < width * 0.85


def _next_space(text: str, place: int, limit: int) -> int:
    while place < limit and not text[place - 1].isspace():
        place += 1
    return place


def _previous_space(text: str, limit: int, place: int) -> int:
    while place > limit and not (place == len(text) or text[place].isspace()):
        place -= 1
    return place
