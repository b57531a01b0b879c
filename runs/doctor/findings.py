"""What a check finds, and how it could be repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

MOST_CASES = 10
"""How many cases a finding names; the sentence says how many there are."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    TROUBLE = "trouble"
    REPAIRED = "repaired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair that is safe at any time: ``plan`` says in sentences what ``carry_out`` does."""

    plan: tuple[str, ...]
    carry_out: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has found.

    ``cases`` names examples. ``remedy`` is what a person can do. What is in order may
    have a ``repair`` too: something left lying about that harms nobody.
    """

    state: State
    sentence: str
    cases: tuple[str, ...] = ()
    remedy: str = ""
    repair: Repair | None = None
    name: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether something is wrong, or could not be looked at."""
        return self.state in (State.TROUBLE, State.UNKNOWN)

    @property
    def can_be_fixed(self) -> bool:
        """Whether ``manage.py doctor --fix`` does something about it."""
        return self.repair is not None


def fine(sentence: str, repair: Repair | None = None) -> Finding:
    """All is well."""
    return Finding(State.OK, sentence, repair=repair)


def trouble(sentence: str, cases: Iterable[object] = (), *, remedy: str = "", repair: Repair | None = None) -> Finding:
    """Something is not as it must be."""
    return Finding(State.TROUBLE, sentence, tuple(map(str, islice(cases, MOST_CASES))), remedy, repair)


def counted(things: Sequence[object] | int, one: str, many: str = "") -> str:
    """``1 run``, ``2 runs``, ``no run``."""
    count = things if isinstance(things, int) else len(things)
    if count == 1:
        return f"1 {one}"
    return f"{count:,} {many or one + 's'}" if count else f"no {one}"


def sentence(text: str) -> str:
    """``text`` with a capital, where it begins with a word."""
    return text[:1].upper() + text[1:]
