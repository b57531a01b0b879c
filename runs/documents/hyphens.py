"""Whether a hyphen at a line's end belongs to the word, or only to the line.

``termi-nation`` broken over two lines is ``termination``; ``well-known`` is not
``wellknown``. The document itself is the best witness: how does it write the word where
no line ends? Then come the habits of its language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

from runs.documents.languages import language_of

HYPHENS = "-\u2010\u2011"
_PUNCTUATION = ".,;:!?()[]{}\"'“”„‘’«»…*/"
# Compounds with lower case second parts are written as one word.
_CLOSED_LANGUAGES = frozenset(("de", "nl"))
_SUSPENDING_WORDS = "und oder sowie bzw bis and or nor et ou y o e u ed od"
_SUSPENDING = frozenset(_SUSPENDING_WORDS.split())
"""``Ein- und Ausgang``: the hyphen stands for what follows further on."""
_COMPOUND_STARTS_WORDS = (
    "self well non ex all cross post pre anti semi quasi so half third co-op vice "
    "peut celui celle ceux celles ci vis c'est est lui elle eux soi moi"
)
_COMPOUND_STARTS = frozenset(_COMPOUND_STARTS_WORDS.split())
_CLOSED_STARTS_WORDS = (
    "with how there here where any some every no through throughout out over under up in on not never more what who "
    "whom when which for to it your our them him her my one be al a an un inter after fore back down off main "
    "al ante bien contra entre para por sobre tra qual gli nel"
)
_CLOSED_STARTS = frozenset(_CLOSED_STARTS_WORDS.split())
"""``with-out``, ``how-ever``: words made of words, and yet written as one."""
_SHORTEST_PART = 3


class Vocabulary:
    """The words of a document's lines, with how often it has them."""

    def __init__(self, lines: Iterable[Sequence[str]]) -> None:
        self._lines = lines

    def keeps_hyphen(self, end: str, start: str) -> bool | None:
        """Tell for the last word of a line, with its hyphen, and the first of the next; None if they are two words."""
        if len(end) <= 2 or not end[-2].islower() or not start[0].islower():
            return None
        left, right = end[:-1].strip(_PUNCTUATION).lower(), start.strip(_PUNCTUATION).lower()
        if right in _SUSPENDING:
            return None
        right = right.split("-")[0]
        counts = self._counts
        as_one, as_two = counts[left + right], counts[f"{left}-{right}"]
        if as_one or as_two:
            return as_two > as_one
        part = left.rpartition("-")[2]
        if min(len(part), len(right)) < _SHORTEST_PART:
            # ``state-of-the-`` goes on with any word; a lone syllable does not.
            return "-" in left and counts[part] > 0 and counts[right] > 0
        if part in _CLOSED_STARTS or self._language in _CLOSED_LANGUAGES:
            return False
        if part in _COMPOUND_STARTS:
            return len(right) > _SHORTEST_PART or counts[right] > 0
        return counts[part] > 0 and counts[right] > 0

    @cached_property
    def _counts(self) -> Counter[str]:
        texts = Counter(chain.from_iterable(self._lines))
        counts: Counter[str] = Counter()
        for text, count in texts.items():
            word = text.strip(_PUNCTUATION)
            if not word.isascii():
                word = word.replace("\u2010", "-").replace("\u2011", "-")
            if word and word[-1] != "-":
                counts[word.lower()] += count
        return counts

    @cached_property
    def _language(self) -> str | None:
        return language_of([" ".join(self._counts.elements())])
