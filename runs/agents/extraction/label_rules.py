"""What a label's words are, and what they announce."""

from __future__ import annotations

from typing import NamedTuple

from runs.agents.extraction.fields import FieldType


class LabelRule(NamedTuple):
    """The words of a label in all languages, as one pattern.

    ``strength``: how surely the value beside it is the one it names, from 0 to 1.
    """

    name: str
    type: FieldType
    strength: float
    pattern: str
