"""Whether a rule applies to a document: its condition, with what is open left open."""

from __future__ import annotations

from collections.abc import Iterator

from runs.agents.policies.comparing import holds
from runs.agents.policies.findings import Undecided
from runs.agents.policies.patterns import SearchBudget
from runs.agents.policies.subject import Subject, either, unread
from runs.agents.policies.values import MissingValue, spoken
from runs.agents.policies.wordings import Condition


def applies(condition: Condition, subject: Subject, budget: SearchBudget) -> bool:
    """Whether a condition holds. Raises ``Undecided`` where that hangs on something nobody can tell."""
    if condition.not_ is not None:
        return not applies(condition.not_, subject, budget)
    if condition.any is not None:
        return _some(condition.any, subject, budget, wanted=True)
    if condition.all is not None:
        return not _some(condition.all, subject, budget, wanted=False)
    return _stated(condition, subject, budget)


def _some(conditions: list[Condition], subject: Subject, budget: SearchBudget, *, wanted: bool) -> bool:
    """Whether one of the conditions comes out as ``wanted``; one that does settles what others leave open."""
    open_question: Undecided | None = None
    for condition in conditions:
        try:
            if applies(condition, subject, budget) is wanted:
                return True
        except Undecided as undecided:
            open_question = open_question or undecided
    if open_question is not None:
        raise open_question
    return False


def _stated(condition: Condition, subject: Subject, budget: SearchBudget) -> bool:
    if subject.places(condition.expressions, budget) or (condition.field and subject.fields_named(condition.field)):
        return True
    if condition.holds:
        try:
            if holds(condition.holds, subject):
                return True
        except MissingValue:
            pass  # What has no value stands in no relation.
    if subject.unread_pages:
        raise Undecided(f"Whether the rule applies is open: {unread(subject)}")
    return False


def in_words(condition: Condition) -> str:
    """Say for which documents the rule is: 'documents that mention "a" and have no iban'."""
    return f"documents that {_clause(condition)}"


def _clause(condition: Condition) -> str:
    if condition.not_ is not None:
        return f"do not ({_clause(condition.not_)})" if condition.not_.parts else _negated(condition.not_)
    if condition.any is not None or condition.all is not None:
        word = " or " if condition.any is not None else " and "
        return word.join(f"({_clause(part)})" if len(part.parts) > 1 else _clause(part) for part in condition.parts)
    return " or ".join(_claims(condition))


def _claims(condition: Condition) -> Iterator[str]:
    if condition.shown:
        yield f"mention {condition.what or either(condition.shown)}"
    if condition.field:
        yield f"have a value for {spoken(condition.field)}"
    if condition.holds:
        yield f"have {condition.holds}"


def _negated(condition: Condition) -> str:
    claims = []
    if condition.shown:
        claims.append(f"do not mention {condition.what or either(condition.shown)}")
    if condition.field:
        claims.append(f"have no value for {spoken(condition.field)}")
    if condition.holds:
        claims.append(f"do not have {condition.holds}")
    return " and ".join(claims)
