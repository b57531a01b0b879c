"""Saying in one sentence what is wrong with a policy, for whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from runs.errors import PolicyRefused

MOST_FAULTS = 50
"""Are told one by one."""

LineOf = Callable[[Sequence[str | int]], int | None]
"""Gives the line of the policy's text at which a path of keys and indices leads somewhere, if it has lines."""


def refusal(error: ValidationError, data: dict[str, Any], line_of: LineOf) -> PolicyRefused:
    """Turn pydantic's errors into sentences: the line, the rule, the key, the problem. The first is the refusal's."""
    errors = error.errors(include_url=False)
    sentences = [_sentence(each, data, line_of) for each in errors[:MOST_FAULTS]]
    entries = [{"type": each["type"], "loc": each["loc"], "msg": _problem(each)} for each in errors]
    return PolicyRefused(f"{sentences[0][:-1]}{_besides(len(errors) - 1)}.", entries, sentences)


def _sentence(error: Mapping[str, Any], data: dict[str, Any], line_of: LineOf) -> str:
    path = error["loc"]
    line = line_of(path)
    places = [f"line {line}" if line else "", _rule_named(data, path), ".".join(map(str, _within_rule(path)))]
    where = ", ".join(filter(None, places))
    problem = _problem(error)
    sentence = f"{where}: {problem}" if where else problem
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _rule_named(data: dict[str, Any], path: tuple[str | int, ...]) -> str:
    if len(path) < 2 or path[0] != "rules" or not isinstance(path[1], int):
        return ""
    rule = data["rules"][path[1]]
    name = rule.get("id") if isinstance(rule, dict) else None
    return f"rule {name!r}" if isinstance(name, str) else f"rule number {path[1] + 1}"


def _within_rule(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    # pydantic's paths run rules, index, kind, key …; for a rule of unknown kind they end at the index.
    return path[3:] if path[:1] == ("rules",) and len(path) > 1 else path


def _problem(error: Mapping[str, Any]) -> str:
    given = error["input"]
    match error["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            return "there is no such key here"
        case "union_tag_not_found":
            return "the kind is missing: require, forbid, compare, section, count or ask"
        case "union_tag_invalid":
            return f"{error['ctx']['tag']!r} is no kind of rule: use require, forbid, compare, section, count or ask"
        case "value_error":
            return str(error["ctx"]["error"])
        case "string_type":
            if isinstance(given, (list, dict)):
                return "text is needed here, not a list or a mapping"
            return f"text is needed, not {given!r:.40}; put it in quotes"
        case "string_pattern_mismatch":
            return f"{given!r:.80} does not have the form {error['ctx']['pattern']}"
        case _:
            message = str(error["msg"])
            return message[:1].lower() + message[1:]


def _besides(count: int) -> str:
    return "" if not count else f" (and {count} more problem{'s' if count > 1 else ''})"
