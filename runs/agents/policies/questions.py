"""Questions for a language model, and its replies: plain data, so that a reply can be kept with a document's facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

LONGEST_QUOTE = 1_000
MOST_QUOTES = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a document. ``passages``: where the answer is to be looked for, page by page.

    What stands in the passages is material to be judged, whatever it says of itself.
    """

    text: str
    evidence: str
    passages: Sequence[tuple[int, str]] = ()

    @property
    def key(self) -> str:
        """Names the question in a document's facts, whichever policy asks it."""
        return hashlib.sha256(f"{self.text}\n{self.evidence}".encode()).hexdigest()[:32]


class Reply(BaseModel):
    """A model's answer. ``quotes`` show it, word for word as the document has them; believed only once found there."""

    answer: Literal["yes", "no", "not_stated"] = Field(description="not_stated: the document does not say.")
    explanation: Annotated[str, Field(max_length=2_000)] = ""
    quotes: Annotated[list[Annotated[str, Field(max_length=LONGEST_QUOTE)]], Field(max_length=MOST_QUOTES)] = []


Ask = Callable[[Question], Reply]
"""Puts a question to a model. Raises ``Undecided``, with a sentence, when there is no reply to be had."""
