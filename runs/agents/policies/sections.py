"""The sections of a document: headings, recognised by their form alone.

Readers give plain lines, so a heading is a line that looks like one: numbered, in
capitals, or short and standing by itself. Wrong guesses are cheap for rules that look for a
heading by its words; a section that ends too early is what they cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from runs.agents.policies.patterns import Expression, SearchBudget
from runs.agents.policies.transcript import Spot, Transcript

MAX_HEADING = 90
MAX_WORDS = 10
MAX_WORDS_RUN_IN = 6

_NUMBERED = regex.compile(
    r"""
    (?P<number> (?:section|article|clause|abschnitt|artikel|ziffer|\u00a7+)\s? \d{1,3}(?:\.\d{1,3})* [.:)]?
              | \d{1,2}(?:\.\d{1,2}){0,3} [.)]?
              | [IVXL]{1,6} [.)]
              | [A-Z] [.)] )
    \s+ (?:-\s)? (?P<title> \p{Lu}.* )
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_ATTACHMENT = regex.compile(
    r"(?:schedule|annex|appendix|exhibit|attachment|anlage|anhang)\s+\w{1,3}\b.*", regex.IGNORECASE
)
_SMALL_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "its", "of", "on", "or", "the", "this", "to", "with")
) | {"und", "der", "die", "das", "des", "für", "von", "zu", "im", "mit"}

_SENTENCE_STARTS = frozenset(
    ("the", "this", "these", "each", "either", "neither", "any", "all", "if", "it", "no", "der", "die", "das", "diese")
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, as places in the transcript. ``level``: 1 is the outermost."""

    heading: str
    level: int
    start: int
    heading_end: int
    end: int

    @property
    def spot(self) -> Spot:
        """The heading's place."""
        return Spot(self.start, self.heading_end)


def find_sections(transcript: Transcript) -> list[Section]:
    """Return the document's sections in order; each holds its subsections."""
    headings = list(_headings(transcript))
    numbered = sum(level > 0 and is_numbered for _, _, level, is_numbered in headings) >= 3
    sections = []
    for index, (start, heading, level, is_numbered) in enumerate(headings):
        following = headings[index + 1 :]
        ends = (
            place
            for place, _, other_level, other_numbered in following
            # Among numbered headings, a short unnumbered line is more often a name or a table than a heading.
            if other_level <= level and (other_numbered or not (numbered and is_numbered) or other_level == 0)
        )
        end = next(ends, len(transcript.text))
        sections.append(Section(heading, max(level, 1), start, start + len(heading), end))
    return sections


def sections_headed(
    sections: Sequence[Section], expressions: Sequence[Expression], budget: SearchBudget
) -> list[Section]:
    """Return the sections whose heading holds one of the expressions."""
    return [
        section
        for section in sections
        if any(
            expression.compiled.search(section.heading, timeout=budget.remaining_seconds())
            for expression in expressions
        )
    ]


def _headings(transcript: Transcript) -> Iterator[tuple[int, str, int, bool]]:
    """Give each heading's place, text, level (0: capitals or an attachment) and whether it is numbered."""
    lines = list(_lines(transcript.text))
    repeated = _running_lines(transcript, lines)
    for index, (start, line) in enumerate(lines):
        following = lines[index + 1][1] if index + 1 < len(lines) else ""
        if line in repeated or following[:1].islower() or "...." in line or ". . ." in line:
            continue
        numbered = _NUMBERED.fullmatch(line)
        if numbered:
            heading = _numbered_heading(line, numbered)
            if heading:
                yield start, heading, _depth(numbered["number"]), True
        elif _ATTACHMENT.fullmatch(line) and len(line) <= MAX_HEADING:
            yield start, line, 0, False
        elif _stands_alone(line):
            yield start, line, 0 if line.isupper() else 1, False


def _lines(text: str) -> Iterator[tuple[int, str]]:
    place = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            yield place + line.index(stripped[0]), stripped
        place += len(line) + 1


def _running_lines(transcript: Transcript, lines: Sequence[tuple[int, str]]) -> set[str]:
    """Return the lines that head or foot several pages, such as the document's title."""
    seen = {(line, transcript.page_number_at(place)) for place, line in lines if len(line) <= MAX_HEADING}
    pages_by_line = Counter(line for line, _ in seen)
    return {line for line, count in pages_by_line.items() if count > 1 and count >= len(transcript.pages) / 2}


def _numbered_heading(line: str, numbered: regex.Match[str]) -> str | None:
    """Return the heading of a numbered line: all of it, or its first words where text runs on after them."""
    title = numbered["title"]
    if not title[0].isupper() or regex.fullmatch(r"[a-z]{1,6}[.)]", numbered["number"]):
        return None
    run_in = regex.match(r"(?P<title>[^.:]{3,60})[.:](?:\s+[\p{Lu}\d\"(].*)?$", title)
    if run_in and _names_a_subject(run_in["title"], _depth(numbered["number"])):
        return line[: numbered.start("title") + run_in.end("title")]
    if len(line) <= MAX_HEADING and len(title.split()) <= MAX_WORDS and title[-1] not in ".,;":
        return line
    return None


def _names_a_subject(title: str, depth: int) -> bool:
    """Whether the words before a full stop are a heading, not a short sentence."""
    words = title.split()
    return len(words) <= MAX_WORDS_RUN_IN - depth + 1 and words[0].lower() not in _SENTENCE_STARTS


def _depth(number: str) -> int:
    return len(regex.findall(r"\d+", number)) or 1


def _stands_alone(line: str) -> bool:
    """Whether an unnumbered line is in capitals or has every word of weight in capital letters."""
    words = line.rstrip(":").split()
    if len(line) > MAX_HEADING or len(words) > MAX_WORDS or line[-1] in ".,;" or not line[0].isalpha():
        return False
    if sum(c.isdigit() for c in line) > 2 or ":" in line[:-1]:
        return False
    return line.isupper() or all(word[:1].isupper() or word in _SMALL_WORDS or not word[0].isalpha() for word in words)
