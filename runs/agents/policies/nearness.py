"""Which places stand near others: in the same sentence or paragraph, or a few words apart."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from runs.agents.policies.patterns import SearchBudget
from runs.agents.policies.subject import Subject
from runs.agents.policies.transcript import Spot
from runs.agents.policies.wordings import Nearby

LONGEST_WORD = 40


def parted(
    spots: Sequence[Spot], nearby: Nearby, subject: Subject, budget: SearchBudget
) -> tuple[list[Spot], list[Spot]]:
    """Return the spots that stand near one of the wordings, and the others."""
    found = subject.places(nearby.expressions, budget)
    others = sorted((spot.start, spot.end) for each in found.values() for spot in each)
    near: list[Spot] = []
    far: list[Spot] = []
    for spot in spots:
        budget.remaining_seconds()
        (near if _is_near(spot, others, nearby, subject) else far).append(spot)
    return near, far


def _is_near(spot: Spot, others: Sequence[tuple[int, int]], nearby: Nearby, subject: Subject) -> bool:
    transcript, apart = subject.transcript, nearby.words_apart
    if apart is None:
        around = transcript.sentence_around(spot) if nearby.within == "sentence" else transcript.paragraph_around(spot)
    else:
        reach = apart * LONGEST_WORD
        around = Spot(max(0, spot.start - reach), min(len(transcript.text), spot.end + reach))
    first = bisect.bisect_left(others, (around.start, 0))
    for start, end in others[first:]:
        if start >= around.end:
            return False
        if end <= around.end and (apart is None or _words_between(spot, start, end, transcript.text) <= apart):
            return True
    return False


def _words_between(spot: Spot, start: int, end: int, text: str) -> int:
    if end <= spot.start:
        return len(text[end : spot.start].split())
    return len(text[spot.end : start].split()) if start >= spot.end else 0
