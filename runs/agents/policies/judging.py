"""Judging a document by one rule of a policy at a time.

A rule ends ``needs_review`` rather than guess: where the section to search in was not
recognised, where a page could not be read and the thing looked for is nowhere
else, where values can not be compared, where a question has no answer that the
document bears out. It ends ``not_evaluated`` where its search used up its time or memory.

Judging is pure: a rule and the facts of a document (``Subject.facts``) give the same finding
whenever they are put together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runs.agents.policies.asked import ask
from runs.agents.policies.comparing import compare
from runs.agents.policies.conditions import applies, in_words
from runs.agents.policies.counting import count
from runs.agents.policies.findings import Finding, Ruling, Status, Undecided
from runs.agents.policies.nearness import parted
from runs.agents.policies.patterns import SECONDS_PER_RULE, Expression, SearchBudget, phrase
from runs.agents.policies.rules import (
    AskRule,
    CompareRule,
    CountRule,
    ForbidRule,
    RequireRule,
    Rule,
    SectionRule,
)
from runs.agents.policies.searching import absent, found_places, in_order, near_of, times, where_of
from runs.agents.policies.sections import sections_headed
from runs.agents.policies.subject import Subject, alternatives, either
from runs.agents.policies.transcript import Spot
from runs.agents.policies.wordings import Nearby, is_short


def judge(rule: Rule, subject: Subject, *, seconds: float = SECONDS_PER_RULE) -> Finding:
    """Hold one rule against the document, spending at most ``seconds`` of processor time on its searches."""
    return _finding(rule, _ruling(rule, subject, SearchBudget(seconds)))


def unjudged(rule: Rule, why: str) -> Finding:
    """Give the finding of a rule that was not held against the document; ``why`` is a sentence."""
    return _finding(rule, Ruling("not_evaluated", why))


def _finding(rule: Rule, ruling: Ruling) -> Finding:
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=rule.severity,
        status=ruling.status,
        explanation=ruling.explanation,
        why=rule.why or "",
        remedy=rule.remedy or "",
        evidence=list(ruling.evidence),
        evidence_count=max(ruling.count, len(ruling.evidence)),
    )


def _ruling(rule: Rule, subject: Subject, budget: SearchBudget) -> Ruling:
    try:
        if rule.applies_when and not applies(rule.applies_when, subject, budget):
            return Ruling("not_applicable", f"The rule is for {in_words(rule.applies_when)}.")
        match rule:
            case RequireRule():
                return _require(rule, subject, budget)
            case ForbidRule():
                return _forbid(rule, subject, budget)
            case SectionRule():
                return _section(rule, subject, budget)
            case CountRule():
                return count(rule, subject, budget)
            case CompareRule():
                return compare(rule, subject, budget)
            case AskRule():
                return ask(rule, subject, budget)
    except Undecided as reason:
        return Ruling("needs_review", str(reason))
    except TimeoutError:
        return Ruling("not_evaluated", "Searching took too long and was stopped; simplify the rule's patterns.")
    except MemoryError:
        return Ruling("not_evaluated", "Searching took too much memory; simplify the rule's patterns.")


def _require(rule: RequireRule, subject: Subject, budget: SearchBudget) -> Ruling:
    found = found_places(rule, subject, budget)
    missing = [
        f'"{expression.wording}"'
        if expression.wording in rule.phrases or is_short(expression.wording)
        else "what one of the patterns finds"
        for expression in rule.expressions
        if expression not in found
    ]
    where = where_of(rule.within) + near_of(rule.near)
    if found and (rule.match == "any" or not missing):
        return _shown("pass", f"Found {_named_places(found, subject)}.", found, subject)
    if rule.match == "all" and found:
        sentence = f"Found {_named_places(found, subject)}, but not {either(missing)}{where}."
    else:
        reads = f"is {rule.what}" if rule.what else f"reads {either(rule.shown)}"
        sentence = f"Nothing in the document{where} {reads}."
    return _shown(*absent(sentence, subject, otherwise="fail"), found, subject)


def _forbid(rule: ForbidRule, subject: Subject, budget: SearchBudget) -> Ruling:
    found = found_places(rule, subject, budget)
    excused: list[Spot] = []
    if rule.unless:
        everything = in_order(found)
        kept = {wording: parted(spots, rule.unless, subject, budget)[1] for wording, spots in found.items()}
        found = {expression: spots for expression, spots in kept.items() if spots}
        forbidden = set(in_order(found))
        excused = [spot for spot in everything if spot not in forbidden]
    if found and (rule.match == "any" or len(found) == len(rule.expressions)):
        return _shown("fail", f"Found {_named_places(found, subject)}.", found, subject)
    together = " together" if rule.match == "all" and len(rule.expressions) > 1 else ""
    besides = f"; {times(len(excused))} {_permitting(rule.unless)}" if rule.unless and excused else ""
    sentence = f"Nothing forbidden was found{together}: {_searched(rule, subject, budget)}{besides}."
    return Ruling(*absent(sentence, subject, otherwise="pass"), subject.evidence(excused), len(excused))


def _searched(rule: ForbidRule, subject: Subject, budget: SearchBudget) -> str:
    """Say how the document was searched: where, and for what."""
    wordings = either(rule.shown, shown=6)
    if rule.what:
        wordings = f"{rule.what} ({wordings})"
    if rule.within is None:
        return f"searched {_pages(subject)} for {wordings}{near_of(rule.near)}"
    sections = subject.scope(rule.within, budget)
    number = f"{len(sections)} section{'s' if len(sections) > 1 else ''}"
    headings = alternatives([section.heading for section in sections])
    return f"searched {number} ({headings}) for {wordings}{near_of(rule.near)}"


def _permitting(nearby: Nearby) -> str:
    if nearby.words_apart is None:
        return f"in a {nearby.within} that permits it"
    return f"within {nearby.within} of what permits it"


def _section(rule: SectionRule, subject: Subject, budget: SearchBudget) -> Ruling:
    found = sections_headed(subject.sections, [phrase(heading) for heading in rule.headings], budget)
    if found:
        first = found[0]
        sentence = f'The section "{first.heading}" begins on page {subject.page_of(first.spot)}.'
        return Ruling("pass", sentence, subject.evidence([section.spot for section in found]), len(found))
    number = len(subject.sections)
    seen = f"none of the {number} headings recognised" if number else "no headings were recognised; none"
    sentence = f"There is no such section: {seen} reads {alternatives(rule.headings)}."
    return Ruling(*absent(sentence, subject, otherwise="fail"))


def _shown(status: Status, sentence: str, found: Mapping[Expression, Sequence[Spot]], subject: Subject) -> Ruling:
    spots = in_order(found)
    return Ruling(status, sentence, subject.evidence(spots), len(spots))


def _named_places(found: Mapping[Expression, Sequence[Spot]], subject: Subject) -> str:
    """Name what was found and where: '"governing law" on page 3 and 2 more places'."""
    spots = in_order(found)
    first = subject.transcript.text[spots[0].start : spots[0].end].replace("\n", " ")
    if len(first) > 80:
        first = first[:79].rstrip() + "\u2026"
    more = len(spots) - 1
    besides = f" and {more} more place{'s' if more > 1 else ''}" if more else ""
    return f'"{first}" on page {subject.page_of(spots[0])}{besides}'


def _pages(subject: Subject) -> str:
    number = len(subject.reading.pages)
    return f"{number} pages" if number > 1 else "the whole document"
