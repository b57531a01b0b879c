"""Judging by how often something stands in a document."""

from __future__ import annotations

from runs.agents.policies.findings import Ruling, Status
from runs.agents.policies.patterns import SearchBudget
from runs.agents.policies.rules import CountRule
from runs.agents.policies.searching import absent, found_places, in_order, near_of, times, where_of
from runs.agents.policies.subject import Subject
from runs.agents.policies.transcript import Spot
from runs.agents.policies.values import field_evidence, spoken


def count(rule: CountRule, subject: Subject, budget: SearchBudget) -> Ruling:
    """Hold the number of places, or of values, against the rule's bounds."""
    if rule.field:
        fields = subject.fields_named(rule.field)
        if rule.distinct:
            fields = list(
                {(field.normalised.casefold(), field.currency): field for field in reversed(fields)}.values()
            )
        evidence, number = [field_evidence(field) for field in fields[:10]], len(fields)
    else:
        spots = in_order(found_places(rule, subject, budget))
        if rule.distinct:
            spots = list({_words(spot, subject): spot for spot in reversed(spots)}.values())[::-1]
        evidence, number = subject.evidence(spots), len(spots)
    too_few, too_many = rule.min is not None and number < rule.min, rule.max is not None and number > rule.max
    sentence = f"Found {_counted(rule, number)}{where_of(rule.within)}{near_of(rule.near)}; {_bounds(rule)}."
    if too_few or not too_many:
        status: Status = "pass" if not too_few else "fail" if number else rule.missing
        # Unread pages could hold what is missing, and also what is too much.
        if too_few or rule.max is not None:
            status, sentence = absent(sentence, subject, otherwise=status)
        return Ruling(status, sentence, evidence, number)
    return Ruling("fail", sentence, evidence, number)


def _counted(rule: CountRule, count: int) -> str:
    what = spoken(rule.field) if rule.field else rule.what
    different = "different " if rule.distinct and count > 1 else ""
    if what is None:
        return f"{count} different" if different else times(count)
    return f"{count or 'no'} {different}{'value' if count == 1 else 'values'} for {what}"


def _words(spot: Spot, subject: Subject) -> str:
    return " ".join((spot.group or subject.transcript.text[spot.start : spot.end]).casefold().split())


def _bounds(rule: CountRule) -> str:
    if rule.min is not None and rule.max is not None:
        return f"exactly {rule.min} wanted" if rule.min == rule.max else f"{rule.min} to {rule.max} wanted"
    return f"at least {rule.min} wanted" if rule.min is not None else f"at most {rule.max} allowed"
