"""What a policy looks for, as compiled expressions: phrases and regular expressions.

A policy's author is trusted to edit policies, not to bring the site down: patterns
whose compilation would explode are refused here, and every search runs under a
budget of processor time (``SearchBudget``). ``transcript`` folds a document's
text in the same way as phrases are folded here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

import regex

MAX_EXPANSION = 5_000
SECONDS_PER_RULE = 1.0

_QUOTES = {ord(c): "'" for c in "\u2018\u2019\u201a\u201b\u02bc\u00b4`"} | {
    ord(c): '"' for c in "\u201c\u201d\u201e\u201f\u00ab\u00bb"
}
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_SPACES = "\t\r\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

FOLDING = _QUOTES | {ord(c): "-" for c in _DASHES} | {ord(c): " " for c in _SPACES}
"""One character for one: typographic quotes, dashes and spaces become the plain ones."""

_PATTERN_FOLDING = _QUOTES | {ord(c): r"\-" for c in _DASHES} | {ord("\u00a0"): " "}


@dataclass(frozen=True, slots=True)
class Expression:
    """Something to search for. ``wording`` is how the policy's author wrote it."""

    wording: str
    compiled: regex.Pattern[str]


class SearchBudget:
    """The processor time one rule may spend searching."""

    def __init__(self, seconds: float = SECONDS_PER_RULE) -> None:
        # Processor time, not wall time: ``regex`` counts so too, and a busy machine must not change a verdict.
        self._ends_at = time.process_time() + seconds

    def remaining_seconds(self) -> float:
        """Return what is left. Raises ``TimeoutError`` when nothing is."""
        left = self._ends_at - time.process_time()
        if left <= 0:
            raise TimeoutError
        return left


@lru_cache(maxsize=2048)
def phrase(wording: str, case_sensitive: bool = False) -> Expression:
    """Compile a phrase: whole words, in any white space; ``*`` stands for the rest of a word.

    A hyphen also matches a space or nothing (``third-party``, ``third party``). Raises
    ``ValueError`` when there is too little to search for.
    """
    folded = " ".join(wording.translate(FOLDING).split())
    if sum(c.isalnum() for c in folded) < 2:
        raise ValueError(f"{wording!r} is too short to search for: give at least two letters or digits")
    body = "".join(_phrase_part(c) for c in folded)
    before = r"(?<!\w)" if folded[0].isalnum() else ""
    after = r"(?!\w)" if folded[-1].isalnum() else ""
    return Expression(wording, regex.compile(before + body + after, _flags(case_sensitive)))


def _phrase_part(character: str) -> str:
    return {" ": r"\s", "*": r"\w*", "-": r"[-\s]?"}.get(character) or regex.escape(character)


@lru_cache(maxsize=2048)
def pattern(wording: str, case_sensitive: bool = False) -> Expression:
    """Compile a regular expression in which a space also matches a line break.

    ``^`` and ``$`` stand for the ends of a line. Raises ``ValueError``, with a part of a
    sentence, for one that is invalid, matches the empty text or would explode.
    """
    if regex.search(r"\(\?[a-zA-Z0-9-]*[xV][a-zA-Z0-9-]*[:)]|\(\?#", wording):
        raise ValueError("comments, verbose mode and version flags are not supported in patterns")
    if _expansion(wording) > MAX_EXPANSION:
        raise ValueError("the pattern repeats repetitions too often to be compiled")
    try:
        compiled = regex.compile(_loosen(wording.translate(_PATTERN_FOLDING)), _flags(case_sensitive))
        matches_nothing = compiled.search("", timeout=SECONDS_PER_RULE)
    except regex.error as error:
        raise ValueError(f"it is not a valid regular expression: {error}") from None
    except (TimeoutError, MemoryError, RecursionError, OverflowError):
        raise ValueError("the pattern is too costly to be compiled") from None
    if matches_nothing:
        raise ValueError("the pattern matches the empty text, so it would be found everywhere")
    return Expression(wording, compiled)


def _flags(case_sensitive: bool) -> int:
    return int(regex.MULTILINE | (0 if case_sensitive else regex.IGNORECASE))


def _loosen(wording: str) -> str:
    """Let each run of spaces outside a character class match one white space of the transcript."""
    return "".join(r"\s" if part.isspace() else part for part in _PART.findall(wording))


_PART = regex.compile(
    r"""\\. | \[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\] | \(\?P?[<=!>:P][^\s()]*? | [ ]+ | \{\d*,?\d*\} | .""",
    regex.VERBOSE | regex.DOTALL,
)
_COUNTED = regex.compile(r"\{(\d*)(,?)\d*\}")


def _expansion(wording: str) -> int:
    """Estimate how large the compiled pattern becomes.

    The ``regex`` package writes out the required part of a repetition, so that nesting multiplies:
    ``(?:(?:a{9}){9}){9}`` is 729 items long, and ``+`` counts double.
    """
    sizes = [0]
    last = 0
    for part in _PART.findall(wording):
        counted = _COUNTED.fullmatch(part)
        if part == "(" or part.startswith("(?"):
            sizes.append(0)
        elif part == ")" and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        elif part == "+" or counted:
            factor = 2 if not counted else max(1, int(counted[1] or 0)) + bool(counted[2] and counted[1])
            sizes[-1] += last * (factor - 1)
            last *= factor
        elif part not in ("*", "?"):
            last = 1
            sizes[-1] += 1
        if sizes[-1] > MAX_EXPANSION:
            break
    return max(sizes)
