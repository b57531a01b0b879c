"""A line of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["same", "other_evidence", "changed", "only_left", "only_right"]


@dataclass(frozen=True, slots=True)
class Side:
    """A value as one of the runs has it, and where it says it comes from."""

    text: str
    explanation: str = ""
    page: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A value of both runs, or of one. ``name`` is its name in the output, ``label`` that for people."""

    name: str
    label: str
    state: State
    left: Side | None
    right: Side | None
    stability: str = ""

    @property
    def is_change(self) -> bool:
        return self.state != "same"
