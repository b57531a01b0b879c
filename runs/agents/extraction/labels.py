"""The labels of a page: words that documents put beside their values.

To teach a field: add its name to ``fields.LABELS`` (the order there is the order of the
output), and a ``LabelRule`` with its words in every language to the table of its type
(``number_labels``, ``date_labels``, ``amount_labels``, ``more_labels``), or a table of
your own to ``TABLES`` below. A rule's ``strength`` says how surely its words mean this
field: 1 for "invoice number", 0.5 for "number" alone, which then counts only where
nothing better is found. Of two labels in one place the longer one counts. The type
decides who reads the value: ``identifier`` and ``date`` ``stated``, ``amount`` ``totals``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from runs.agents.extraction import amount_labels, date_labels, more_labels, number_labels
from runs.agents.extraction.fields import FieldType


@dataclass(frozen=True, slots=True)
class Label:
    """What a phrase announces."""

    name: str
    type: FieldType
    strength: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class LabelFound:
    """A label in a folded text."""

    label: Label
    start: int
    end: int


TABLES = (number_labels.RULES, more_labels.RULES, date_labels.RULES, amount_labels.RULES)

LABELS = tuple(
    Label(rule.name, rule.type, rule.strength, re.compile(rf"(?<![a-z0-9])(?:{rule.pattern})(?![a-z])"))
    for table in TABLES
    for rule in table
)


@lru_cache(maxsize=8192)
def find_labels(folded: str) -> Sequence[LabelFound]:
    """Find the labels in a cell's folded text, from left to right; where two overlap, the longer one."""
    if len(folded) < 2:
        return ()
    found = [
        LabelFound(label, match.start(), match.start() + len(match[0].rstrip()))
        for label in LABELS
        for match in label.pattern.finditer(folded)
        if match[0].strip()
    ]
    found.sort(key=lambda item: (-(item.end - item.start), -item.label.strength))
    kept: list[LabelFound] = []
    taken: list[tuple[int, int]] = []
    for item in found:
        span = (item.start, item.end)
        place = bisect_left(taken, span)
        # One phrase may announce two things ("VAT" a number or an amount): what follows decides.
        if taken[place : place + 1] != [span]:
            if (place > 0 and taken[place - 1][1] > item.start) or (place < len(taken) and taken[place][0] < item.end):
                continue
            taken.insert(place, span)
        kept.append(item)
    return tuple(sorted(kept, key=lambda item: item.start))
