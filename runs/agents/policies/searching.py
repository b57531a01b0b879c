"""Finding a rule's wordings where the rule looks for them, and saying where that was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runs.agents.policies.findings import Status
from runs.agents.policies.nearness import parted
from runs.agents.policies.patterns import Expression, SearchBudget
from runs.agents.policies.rules import CountRule, ForbidRule, RequireRule
from runs.agents.policies.subject import Subject, alternatives, either, unread
from runs.agents.policies.transcript import Spot
from runs.agents.policies.wordings import Nearby


def found_places(
    rule: RequireRule | ForbidRule | CountRule, subject: Subject, budget: SearchBudget
) -> dict[Expression, list[Spot]]:
    """Return where the rule's wordings stand: in its sections, and near what it names."""
    found = subject.places(rule.expressions, budget, subject.stretches(rule.within, budget))
    if rule.near is None:
        return found
    near = {expression: parted(spots, rule.near, subject, budget)[0] for expression, spots in found.items()}
    return {expression: spots for expression, spots in near.items() if spots}


def in_order(found: Mapping[Expression, Sequence[Spot]]) -> list[Spot]:
    """Return all spots by place; of those that overlap, the first."""
    spots: list[Spot] = []
    for spot in sorted((spot for spots in found.values() for spot in spots), key=lambda spot: (spot.start, -spot.end)):
        if not spots or spot.start >= spots[-1].end:
            spots.append(spot)
    return spots


def absent(sentence: str, subject: Subject, *, otherwise: Status) -> tuple[Status, str]:
    """Rule on something that was not found: with pages unread, nobody can say that it is not there."""
    if subject.unread_pages:
        return "needs_review", f"{sentence[:-1]}, but {unread(subject)}"
    return otherwise, sentence


def times(count: int) -> str:
    """Say how often: once, twice, 3 times."""
    return {0: "nowhere", 1: "once", 2: "twice"}.get(count, f"{count} times")


def where_of(within: Sequence[str] | None) -> str:
    """Say in which sections, for a sentence; nothing where everywhere."""
    return f" in the section {alternatives(within)}" if within else ""


def near_of(nearby: Nearby | None) -> str:
    """Say near what, for a sentence; nothing where anywhere."""
    if nearby is None:
        return ""
    reach = "in the same " + nearby.within if nearby.words_apart is None else f"within {nearby.within}"
    joint = " as " if nearby.words_apart is None else " of "
    return f" {reach}{joint}{nearby.what or either(nearby.shown)}"
