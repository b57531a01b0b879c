"""What a policy can demand: the schema of its rules, and reading one from its text.

``parse_policy`` is for text somebody wrote; ``policy_from`` for plain data read
before, as the database keeps it. Both refuse with one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from runs.agents.policies import source
from runs.agents.policies.fields import COUNTS
from runs.agents.policies.findings import Severity
from runs.agents.policies.operands import check_operand
from runs.agents.policies.patterns import pattern
from runs.agents.policies.proofs import PROVED
from runs.agents.policies.refusals import LineOf, refusal
from runs.agents.policies.wordings import (
    Condition,
    FieldName,
    Headings,
    Nearby,
    Pattern,
    Phrases,
    Relation,
    Slug,
    Strict,
    Text,
    Wordings,
    phrases_nearby,
    printable,
)
from runs.errors import PolicyRefused

Operator = Literal["equals", "not_equals", "less_than", "at_most", "more_than", "at_least", "valid_as"]
Sign = Literal["=", "==", "!=", "<", "<=", ">", ">=", "before", "on_or_before", "after", "on_or_after"]

OPERATOR_SIGNS: Mapping[str, Operator] = {
    "=": "equals",
    "==": "equals",
    "!=": "not_equals",
    "<": "less_than",
    "<=": "at_most",
    ">": "more_than",
    ">=": "at_least",
    "before": "less_than",
    "on_or_before": "at_most",
    "after": "more_than",
    "on_or_after": "at_least",
}


def _operator_word(value: object) -> object:
    return OPERATOR_SIGNS.get(value, value) if isinstance(value, str) else value


def _operand_text(value: object) -> object:
    if isinstance(value, (int, float, Decimal, date)) and not isinstance(value, bool):
        return str(value)
    return value


YES_OR_NO = WithJsonSchema({"enum": ["yes", "no", True, False]}, mode="validation")


def _yes_or_no(value: object) -> object:
    # YAML reads a bare yes as true.
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class _Rule(Strict):
    id: Slug
    title: Text
    severity: Severity = "mandatory"
    why: Text | None = None
    remedy: Text | None = None
    applies_when: Condition | None = None


class _WordingRule(Wordings, _Rule):
    within: Headings | None = None
    near: Nearby | None = None

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if not (self.phrases or self.patterns):
            raise ValueError("give at least one phrase or pattern")
        return self


class RequireRule(_WordingRule):
    """The document must have any, or all, of the wordings: in certain sections, and near others, where it says so."""

    kind: Literal["require"]
    match: Literal["any", "all"] = "any"


class ForbidRule(_WordingRule):
    """The document must have none of the wordings, save near one of ``unless`` (in its sentence).

    ``match: all`` forbids them only together.
    """

    kind: Literal["forbid"]
    match: Literal["any", "all"] = "any"
    unless: Annotated[Nearby | None, BeforeValidator(phrases_nearby, json_schema_input_type=Nearby | Phrases)] = None


class SectionRule(_Rule):
    """The document must have a section whose heading holds one of the wordings."""

    kind: Literal["section"]
    headings: Headings


class CountRule(Wordings, _Rule):
    """The wordings, or the values of a field, must occur so many times; with ``distinct`` each value counts once.

    ``missing``: how the rule ends where there is none at all and one is wanted.
    """

    kind: Literal["count"]
    field: FieldName | None = None
    within: Headings | None = None
    near: Nearby | None = None
    distinct: bool = False
    missing: Literal["fail", "needs_review"] = "fail"
    min: Annotated[int, Field(ge=0)] | None = None
    max: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if bool(self.phrases or self.patterns) == bool(self.field):
            raise ValueError("give either phrases or patterns, or a field")
        if self.field in COUNTS:
            raise ValueError(f"use compare for the number of {self.field}")
        if self.field and (self.within or self.near):
            raise ValueError("within and near go with phrases and patterns, not with a field")
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is larger than max")
        return self


class CompareRule(_Rule):
    """A value read from the document must stand in a relation to another, or its values to one another (``holds``).

    ``field`` is the name of an extracted value, of all values of a type (``amounts``,
    ``dates`` …), or ``pages``, ``words`` or ``fields`` for their number; ``pattern`` reads the value
    from its first group instead, and ``what`` names that in words. ``value`` may be calculated
    from other fields. ``of``: whether every value found must fit, or one. ``tolerance``: by how much
    numbers may miss. ``missing``: how the rule ends where the document has no such value.
    """

    kind: Literal["compare"]
    holds: Relation | None = None
    field: FieldName | None = None
    pattern: Pattern | None = None
    what: Text | None = None
    case_sensitive: bool = False
    operator: Annotated[Operator | None, BeforeValidator(_operator_word, json_schema_input_type=Operator | Sign)] = (
        None
    )
    value: Annotated[Text, BeforeValidator(_operand_text, json_schema_input_type=Text | float)] | None = None
    other: FieldName | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    of: Literal["every", "any"] = "every"
    tolerance: Annotated[float, Field(ge=0, le=1000)] = 0
    missing: Literal["not_applicable", "fail", "needs_review"] = "not_applicable"

    @property
    def leeway(self) -> Decimal:
        """The tolerance as an exact number."""
        return Decimal(str(self.tolerance))

    @model_validator(mode="after")
    def _has_two_sides(self) -> Self:
        if self.holds is not None:
            sides = (self.field, self.pattern, self.operator, self.value, self.other, self.currency)
            if any(side is not None for side in sides):
                raise ValueError("holds says it all: leave out field, pattern, operator, value, other and currency")
            return self
        if (self.field is None) == (self.pattern is None):
            raise ValueError("give either a field or a pattern, or a calculation (holds)")
        if self.operator is None:
            raise ValueError("the operator is missing")
        if (self.value is None) == (self.other is None):
            raise ValueError("give either a value or another field (other)")
        if self.pattern and not pattern(self.pattern).compiled.groups:
            raise ValueError("the pattern needs a group, (…), around the value to compare")
        if self.operator == "valid_as":
            if self.value not in PROVED:
                raise ValueError(f"valid_as needs as its value one of {', '.join(PROVED)}")
        elif self.value is not None:
            check_operand(self.value, ordered=self.operator not in ("equals", "not_equals"))
        return self


class AskRule(_Rule):
    """A language model must answer a question as expected, and show where the document says so.

    ``evidence`` tells what it must quote. The rule needs review without a model, and where no
    quote of the answer stands in the document.
    """

    kind: Literal["ask"]
    question: Text
    evidence: Text
    expect: Annotated[Literal["yes", "no"], BeforeValidator(_yes_or_no), YES_OR_NO] = "yes"
    within: Headings | None = None


Rule = Annotated[
    RequireRule | ForbidRule | CompareRule | SectionRule | CountRule | AskRule,
    Field(discriminator="kind"),
]


class PolicyRules(Strict):
    """A policy: its name, what it is for, and its rules."""

    name: Slug
    title: Text
    description: Annotated[str, StringConstraints(max_length=2000), AfterValidator(printable)] = ""
    rules: Annotated[list[Rule], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _has_unique_ids(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"two rules have the id {rule.id!r}")
            seen.add(rule.id)
        return self


def parse_policy(text: str) -> PolicyRules:
    """Read a policy from YAML or JSON.

    Raises ``PolicyRefused`` with one sentence that names the line, the rule and the problem.
    """
    read = source.load(text)
    return _validated(read.data, read.line_of)


def policy_from(data: Mapping[str, Any]) -> PolicyRules:
    """Read a policy from plain data, such as ``RunContext.policy``; a version is ignored.

    ``model_dump(mode="json")`` of a policy is such data. Raises ``PolicyRefused``.
    """
    return _validated({key: value for key, value in data.items() if key != "version"}, lambda path: None)


def _validated(data: object, line_of: LineOf) -> PolicyRules:
    if not isinstance(data, dict):
        raise PolicyRefused("A policy is a mapping with the keys name, title and rules.")
    try:
        return PolicyRules.model_validate(data)
    except ValidationError as error:
        raise refusal(error, data, line_of) from None
