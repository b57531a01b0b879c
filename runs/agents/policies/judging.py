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
from runs.agents.policies.sections import sections_headed
from runs.agents.policies.subject import Subject, alternatives, either, unread
from runs.agents.policies.transcript import Spot
from runs.agents.policies.values import field_evidence, spoken
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
                return _count(rule, subject, budget)
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
    found = _found(rule, subject, budget)
    missing = [
        f'"{expression.wording}"' if is_short(expression.wording) else "what one of the patterns finds"
        for expression in rule.expressions
        if expression not in found
    ]
    where = _where(rule.within) + _nearby(rule.near)
    if found and (rule.match == "any" or not missing):
        return _shown("pass", f"Found {_named_places(found, subject)}.", found, subject)
    if rule.match == "all" and found:
        sentence = f"Found {_named_places(found, subject)}, but not {either(missing)}{where}."
    else:
        reads = f"is {rule.what}" if rule.what else f"reads {either(rule.shown)}"
        sentence = f"Nothing in the document{where} {reads}."
    return _shown(*_absent(sentence, subject, otherwise="fail"), found, subject)


def _forbid(rule: ForbidRule, subject: Subject, budget: SearchBudget) -> Ruling:
    found = _found(rule, subject, budget)
    excused: list[Spot] = []
    if rule.unless:
        everything = _in_order(found)
        kept = {wording: parted(spots, rule.unless, subject, budget)[1] for wording, spots in found.items()}
        found = {expression: spots for expression, spots in kept.items() if spots}
        forbidden = set(_in_order(found))
        excused = [spot for spot in everything if spot not in forbidden]
    if found and (rule.match == "any" or len(found) == len(rule.expressions)):
        return _shown("fail", f"Found {_named_places(found, subject)}.", found, subject)
    together = " together" if rule.match == "all" and len(rule.expressions) > 1 else ""
    besides = f"; {_times(len(excused))} {_permitting(rule.unless)}" if rule.unless and excused else ""
    sentence = f"Nothing forbidden was found{together}: {_searched(rule, subject, budget)}{besides}."
    return Ruling(*_absent(sentence, subject, otherwise="pass"), subject.evidence(excused), len(excused))


def _found(
    rule: RequireRule | ForbidRule | CountRule, subject: Subject, budget: SearchBudget
) -> dict[Expression, list[Spot]]:
    """Return where the rule's wordings stand: in its sections, and near what it names."""
    found = subject.places(rule.expressions, budget, subject.stretches(rule.within, budget))
    if rule.near is None:
        return found
    near = {expression: parted(spots, rule.near, subject, budget)[0] for expression, spots in found.items()}
    return {expression: spots for expression, spots in near.items() if spots}


def _searched(rule: ForbidRule, subject: Subject, budget: SearchBudget) -> str:
    """Say how the document was searched: where, and for what."""
    wordings = either(rule.shown, shown=6)
    if rule.what:
        wordings = f"{rule.what} ({wordings})"
    if rule.within is None:
        return f"searched {_pages(subject)} for {wordings}{_nearby(rule.near)}"
    sections = subject.scope(rule.within, budget)
    count = f"{len(sections)} section{'s' if len(sections) > 1 else ''}"
    headings = alternatives([section.heading for section in sections])
    return f"searched {count} ({headings}) for {wordings}{_nearby(rule.near)}"


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
    count = len(subject.sections)
    seen = f"none of the {count} headings recognised" if count else "no headings were recognised; none"
    sentence = f"There is no such section: {seen} reads {alternatives(rule.headings)}."
    return Ruling(*_absent(sentence, subject, otherwise="fail"))


def _count(rule: CountRule, subject: Subject, budget: SearchBudget) -> Ruling:
    if rule.field:
        fields = subject.fields_named(rule.field)
        if rule.distinct:
            fields = list(
                {(field.normalised.casefold(), field.currency): field for field in reversed(fields)}.values()
            )
        evidence, count = [field_evidence(field) for field in fields[:10]], len(fields)
    else:
        spots = _in_order(_found(rule, subject, budget))
        if rule.distinct:
            spots = list({_words(spot, subject): spot for spot in reversed(spots)}.values())[::-1]
        evidence, count = subject.evidence(spots), len(spots)
    too_few, too_many = rule.min is not None and count < rule.min, rule.max is not None and count > rule.max
    sentence = f"Found {_counted(rule, count)}{_where(rule.within)}{_nearby(rule.near)}; {_bounds(rule)}."
    if too_few or not too_many:
        status: Status = "pass" if not too_few else "fail" if count else rule.missing
        # Unread pages could hold what is missing, and also what is too much.
        if too_few or rule.max is not None:
            status, sentence = _absent(sentence, subject, otherwise=status)
        return Ruling(status, sentence, evidence, count)
    return Ruling("fail", sentence, evidence, count)


def _counted(rule: CountRule, count: int) -> str:
    what = spoken(rule.field) if rule.field else rule.what
    different = "different " if rule.distinct and count > 1 else ""
    if what is None:
        return f"{count} different" if different else _times(count)
    return f"{count or 'no'} {different}{'value' if count == 1 else 'values'} for {what}"


def _words(spot: Spot, subject: Subject) -> str:
    return " ".join((spot.group or subject.transcript.text[spot.start : spot.end]).casefold().split())


def _bounds(rule: CountRule) -> str:
    if rule.min is not None and rule.max is not None:
        return f"exactly {rule.min} wanted" if rule.min == rule.max else f"{rule.min} to {rule.max} wanted"
    return f"at least {rule.min} wanted" if rule.min is not None else f"at most {rule.max} allowed"


def _shown(status: Status, sentence: str, found: Mapping[Expression, Sequence[Spot]], subject: Subject) -> Ruling:
    spots = _in_order(found)
    return Ruling(status, sentence, subject.evidence(spots), len(spots))


def _in_order(found: Mapping[Expression, Sequence[Spot]]) -> list[Spot]:
    """Return all spots by place; of those that overlap, the first."""
    spots: list[Spot] = []
    for spot in sorted((spot for spots in found.values() for spot in spots), key=lambda spot: (spot.start, -spot.end)):
        if not spots or spot.start >= spots[-1].end:
            spots.append(spot)
    return spots


def _absent(sentence: str, subject: Subject, *, otherwise: Status) -> tuple[Status, str]:
    """Rule on something that was not found: with pages unread, nobody can say that it is not there."""
    if subject.unread_pages:
        return "needs_review", f"{sentence[:-1]}, but {unread(subject)}"
    return otherwise, sentence


def _named_places(found: Mapping[Expression, Sequence[Spot]], subject: Subject) -> str:
    """Name what was found and where: '"governing law" on page 3 and 2 more places'."""
    spots = _in_order(found)
    first = subject.transcript.text[spots[0].start : spots[0].end].replace("\n", " ")
    if len(first) > 80:
        first = first[:79].rstrip() + "\u2026"
    more = len(spots) - 1
    besides = f" and {more} more place{'s' if more > 1 else ''}" if more else ""
    return f'"{first}" on page {subject.page_of(spots[0])}{besides}'


def _times(count: int) -> str:
    return {0: "nowhere", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _where(within: Sequence[str] | None) -> str:
    return f" in the section {alternatives(within)}" if within else ""


def _nearby(nearby: Nearby | None) -> str:
    if nearby is None:
        return ""
    reach = "in the same " + nearby.within if nearby.words_apart is None else f"within {nearby.within}"
    joint = " as " if nearby.words_apart is None else " of "
    return f" {reach}{joint}{nearby.what or either(nearby.shown)}"


def _pages(subject: Subject) -> str:
    count = len(subject.reading.pages)
    return f"{count} pages" if count > 1 else "the whole document"
