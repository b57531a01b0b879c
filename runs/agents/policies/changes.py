"""What differs between two versions of a policy, rule by rule and line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from runs.agents.policies.rules import PolicyRules, Rule
from runs.agents.policies.sentences import sentence

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key of a rule: what was written, and what is. Of lists only what has come and gone."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that has come, gone or changed. ``sentence`` is the rule in words, as it is now or was last."""

    rule: str
    title: str
    kind: Kind
    sentence: str
    keys: Sequence[KeyChange] = ()


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of both texts: ``kept``, ``added`` or ``removed``; ``gap`` where equal lines are left out."""

    kind: Literal["kept", "added", "removed", "gap"]
    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs. ``order``: whether rules stand in another order."""

    head: Sequence[KeyChange]
    rules: Sequence[RuleChange]
    unchanged: int
    order: bool
    lines: Sequence[TextLine] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether both mean the same; their texts may differ."""
        return not (self.head or self.rules or self.order)


def changes(before: PolicyRules, after: PolicyRules, texts: tuple[str, str] = ("", "")) -> Changes:
    """Compare two versions. ``texts`` are what they were written as."""
    olds = {rule.id: rule for rule in before.rules}
    news = {rule.id: rule for rule in after.rules}
    common = [rule for rule in olds if rule in news]
    found = [*_came_or_changed(olds, news), *(_gone(rule) for id, rule in olds.items() if id not in news)]
    changed = sum(change.kind == "changed" for change in found)
    return Changes(
        head=list(_keys(before.model_dump(exclude={"rules"}), after.model_dump(exclude={"rules"}))),
        rules=found,
        unchanged=len(common) - changed,
        order=common != [rule for rule in news if rule in olds],
        lines=list(_lines(*texts)),
    )


def _came_or_changed(olds: Mapping[str, Rule], news: Mapping[str, Rule]) -> Iterator[RuleChange]:
    for id, rule in news.items():
        if id not in olds:
            yield RuleChange(id, rule.title, "added", sentence(rule))
        elif olds[id] != rule:
            keys = list(_keys(_dumped(olds[id]), _dumped(rule)))
            yield RuleChange(id, rule.title, "changed", sentence(rule), keys)


def _gone(rule: Rule) -> RuleChange:
    return RuleChange(rule.id, rule.title, "removed", sentence(rule))


def _dumped(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude_defaults=True) | {"kind": rule.kind}


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[KeyChange]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, list) and isinstance(new, list) and not any(isinstance(item, dict) for item in old + new):
            gone = [item for item in old if item not in new]
            come = [item for item in new if item not in old]
            yield KeyChange(
                key, _shown(gone) if gone or come else _shown(old), _shown(come) if gone or come else _shown(new)
            )
        else:
            yield KeyChange(key, _shown(old), _shown(new))


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return ", ".join(map(_shown, value))
        case dict():
            return "; ".join(f"{key}: {_shown(inner)}" for key, inner in value.items() if inner not in (None, []))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _lines(before: str, after: str, around: int = 3) -> Iterator[TextLine]:
    kinds: Mapping[str, Literal["kept", "added", "removed"]] = {" ": "kept", "+": "added", "-": "removed"}
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=around, lineterm="")
    for number, line in enumerate(diff):
        if number < 2:
            continue  # The names of the files: there are none.
        if line.startswith("@@"):
            yield TextLine("gap", line)
        else:
            yield TextLine(kinds[line[0]], line[1:])
