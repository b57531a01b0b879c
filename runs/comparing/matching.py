"""Finding the partner of each value of a list: its order says nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from runs.comparing.rows import Row, Side, State


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value, what it means, and what shows it."""

    side: Side
    meaning: Hashable
    evidence: Hashable = None


def matched(name: str, label: str, left: Sequence[Candidate], right: Sequence[Candidate]) -> Iterator[Row]:
    """The rows for the values of one name: first those that agree in everything, then those that mean the same.

    One value that is left over on each side has changed; more than one each are not paired by guess.
    """
    lefts, rights = list(left), list(right)
    for state, agree in (("same", _in_everything), ("other_evidence", _in_meaning)):
        for one in list(lefts):
            other = next((other for other in rights if agree(one, other)), None)
            if other is not None:
                lefts.remove(one)
                rights.remove(other)
                yield Row(name, label, _state(state), one.side, other.side)
    if len(lefts) == len(rights) == 1:
        yield Row(name, label, "changed", lefts[0].side, rights[0].side)
        return
    yield from (Row(name, label, "only_left", one.side, None) for one in lefts)
    yield from (Row(name, label, "only_right", None, other.side) for other in rights)


def _state(state: str) -> State:
    return "same" if state == "same" else "other_evidence"


def _in_everything(one: Candidate, other: Candidate) -> bool:
    return one.meaning == other.meaning and one.evidence == other.evidence


def _in_meaning(one: Candidate, other: Candidate) -> bool:
    return one.meaning == other.meaning
