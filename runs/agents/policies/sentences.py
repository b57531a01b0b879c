"""Rules in words, for whoever reads a policy and does not write one."""

from __future__ import annotations

from collections.abc import Sequence

from runs.agents.policies.conditions import in_words
from runs.agents.policies.proofs import PROVED
from runs.agents.policies.rules import (
    AskRule,
    CompareRule,
    CountRule,
    ForbidRule,
    RequireRule,
    Rule,
    SectionRule,
)
from runs.agents.policies.subject import alternatives, either
from runs.agents.policies.values import spoken
from runs.agents.policies.wordings import Nearby, Wordings

_OPERATORS = {
    "equals": "be",
    "not_equals": "not be",
    "less_than": "be less than",
    "at_most": "be at most",
    "more_than": "be more than",
    "at_least": "be at least",
    "valid_as": "be a valid",
}
_OPERATORS_FOR_DAYS = {
    "less_than": "be before",
    "at_most": "be on or before",
    "more_than": "be after",
    "at_least": "be on or after",
}


def sentence(rule: Rule) -> str:
    """Say what a rule demands, and of which documents."""
    demand = _demand(rule)
    return f"For {in_words(rule.applies_when)}: {demand}" if rule.applies_when else demand


def _demand(rule: Rule) -> str:
    match rule:
        case RequireRule():
            return f"The document must {_verb(rule)} {_wordings(rule, rule.match)}{_scope(rule.within, rule.near)}."
        case ForbidRule():
            excuse = f", unless {_reach(rule.unless)} {_named(rule.unless)}" if rule.unless else ""
            together = " together" if rule.match == "all" and len(rule.shown) > 1 else ""
            scope = _scope(rule.within, rule.near)
            return f"The document must not {_verb(rule)} {_wordings(rule, rule.match)}{together}{scope}{excuse}."
        case SectionRule():
            return f"There must be a section headed {alternatives(rule.headings, shown=5)}."
        case CountRule():
            return f"There must be {_times(rule)} {_counted(rule)}{_scope(rule.within, rule.near)}."
        case CompareRule():
            return _comparison(rule)
        case AskRule():
            where = f" of what stands in the section {alternatives(rule.within)}" if rule.within else ""
            return f"A language model is asked{where}: {rule.question} The answer must be {rule.expect}."


def _verb(wordings: Wordings) -> str:
    return "have" if wordings.what else "say"


def _wordings(wordings: Wordings, match: str) -> str:
    if wordings.what:
        return wordings.what
    return " and ".join(wordings.shown) if match == "all" else either(wordings.shown, shown=5)


def _named(wordings: Wordings) -> str:
    return wordings.what or either(wordings.shown, shown=5)


def _scope(within: Sequence[str] | None, near: Nearby | None) -> str:
    section = f" in the section {alternatives(within)}" if within else ""
    return f"{section}, {_reach(near)} {_named(near)}" if near else section


def _reach(near: Nearby) -> str:
    return f"in the same {near.within} as" if near.words_apart is None else f"within {near.within} of"


def _times(rule: CountRule) -> str:
    if rule.min is not None and rule.max is not None:
        return f"exactly {rule.min}" if rule.min == rule.max else f"{rule.min} to {rule.max}"
    return f"at least {rule.min}" if rule.min is not None else f"at most {rule.max}"


def _counted(rule: CountRule) -> str:
    different = "different " if rule.distinct else ""
    is_one = 1 in (rule.min, rule.max) and (rule.min in (None, 1) or rule.max is None)
    if rule.field:
        return f"{different}value{'' if is_one else 's'} for {spoken(rule.field)}"
    if rule.what:
        return f"{different}value{'' if is_one else 's'} for {rule.what}"
    return f"{different}place{' that says' if is_one else 's that say'} {_named(rule)}"


def _comparison(rule: CompareRule) -> str:
    tolerated = f", give or take {rule.leeway:f}" if rule.tolerance else ""
    if rule.holds is not None:
        return f"It must hold that {rule.holds}{tolerated}."
    what = spoken(rule.field) if rule.field else rule.what or "the value its pattern finds"
    each = f"One value for {what}" if rule.of == "any" else what[:1].upper() + what[1:]
    limit = rule.value if rule.value is not None else spoken(rule.other)
    if rule.operator == "valid_as":
        limit = PROVED.get(str(limit), str(limit))
    is_day = (rule.field or "").endswith("date") or "date" in (rule.other or "") or "today" in (rule.value or "")
    words = _OPERATORS_FOR_DAYS if is_day else {}
    operator = words.get(rule.operator or "", _OPERATORS[rule.operator or "equals"])
    currency = f" {rule.currency}" if rule.currency else ""
    return f"{each} must {operator} {limit}{currency}{tolerated}."
