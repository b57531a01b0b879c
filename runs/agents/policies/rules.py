"""What a policy can demand: the schema of its rules, and reading one from its text.

``parse_policy`` is for text somebody wrote; ``policy_from`` for plain data read
before, as the database keeps it. Both refuse with one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from runs.agents.policies import source
from runs.agents.policies.fields import COUNTS, check_field
from runs.agents.policies.findings import Severity
from runs.agents.policies.operands import check_operand
from runs.agents.policies.patterns import Expression, pattern, phrase
from runs.agents.policies.refusals import LineOf, refusal
from runs.errors import PolicyRefused

Operator = Literal["equals", "not_equals", "less_than", "at_most", "more_than", "at_least"]
Sign = Literal["=", "==", "!=", "<", "<=", ">", ">=", "before", "on_or_before", "after", "on_or_after"]

_OPERATOR_SIGNS: Mapping[str, Operator] = {
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


def _printable(text: str) -> str:
    if any(not (c.isprintable() or c == "\n") for c in text):
        raise ValueError("it holds control characters")
    return text


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _operator_word(value: object) -> object:
    return _OPERATOR_SIGNS.get(value, value) if isinstance(value, str) else value


def _operand_text(value: object) -> object:
    if isinstance(value, (int, float, Decimal, date)) and not isinstance(value, bool):
        return str(value)
    return value


def _yes_or_no(value: object) -> object:
    # YAML reads a bare yes as true.
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _checked(compile_wording: Callable[[str], Expression]) -> AfterValidator:
    def check(wording: str) -> str:
        compile_wording(wording)
        return wording

    return AfterValidator(check)


Text = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_printable)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Phrase = Annotated[Text, _checked(phrase)]
Pattern = Annotated[Text, _checked(pattern)]
FieldName = Annotated[str, AfterValidator(check_field)]
_PhraseList = Annotated[list[Phrase], Field(max_length=100)]
_PatternList = Annotated[list[Pattern], Field(max_length=100)]
_HeadingList = Annotated[list[Phrase], Field(min_length=1, max_length=100)]
Phrases = Annotated[_PhraseList, BeforeValidator(_one_or_many, json_schema_input_type=Phrase | _PhraseList)]
Patterns = Annotated[_PatternList, BeforeValidator(_one_or_many, json_schema_input_type=Pattern | _PatternList)]
Headings = Annotated[_HeadingList, BeforeValidator(_one_or_many, json_schema_input_type=Phrase | _HeadingList)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


class Wordings(_Strict):
    """Phrases and regular expressions to look for."""

    phrases: Phrases = []
    patterns: Patterns = []
    case_sensitive: bool = False

    @property
    def expressions(self) -> list[Expression]:
        """The phrases, then the patterns, compiled."""
        return [phrase(wording, self.case_sensitive) for wording in self.phrases] + [
            pattern(wording, self.case_sensitive) for wording in self.patterns
        ]


class Condition(Wordings):
    """When a rule applies: the document has one of the wordings, or a value for the field."""

    field: FieldName | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.phrases or self.patterns or self.field):
            raise ValueError("applies_when needs phrases, patterns or a field")
        if self.field in COUNTS:
            raise ValueError(f"every document has {self.field}; applies_when needs the name of a value")
        return self


class _Rule(_Strict):
    id: Slug
    title: Text
    severity: Severity = "mandatory"
    why: Text | None = None
    remedy: Text | None = None
    applies_when: Condition | None = None


class _WordingRule(Wordings, _Rule):
    within: Headings | None = None

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if not (self.phrases or self.patterns):
            raise ValueError("give at least one phrase or pattern")
        return self


class RequireRule(_WordingRule):
    """The document must have any, or all, of the wordings."""

    kind: Literal["require"]
    match: Literal["any", "all"] = "any"


class ForbidRule(_WordingRule):
    """The document must have none of the wordings, save in sentences that also have one of ``unless``.

    ``match: all`` forbids them only together.
    """

    kind: Literal["forbid"]
    match: Literal["any", "all"] = "any"
    unless: Phrases = []


class SectionRule(_Rule):
    """The document must have a section whose heading holds one of the wordings."""

    kind: Literal["section"]
    headings: Headings


class CountRule(Wordings, _Rule):
    """The wordings, or the values of a field, must occur so many times."""

    kind: Literal["count"]
    field: FieldName | None = None
    within: Headings | None = None
    min: Annotated[int, Field(ge=0)] | None = None
    max: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if bool(self.phrases or self.patterns) == bool(self.field):
            raise ValueError("give either phrases or patterns, or a field")
        if self.field in COUNTS:
            raise ValueError(f"use compare for the number of {self.field}")
        if self.field and self.within:
            raise ValueError("within goes with phrases and patterns, not with a field")
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is larger than max")
        return self


class CompareRule(_Rule):
    """A value read from the document must stand in a relation to another.

    ``field`` is the name of an extracted value, of all values of a type (``amounts``,
    ``dates`` …), or ``pages``, ``words`` or ``fields`` for their number; ``pattern`` reads the value
    from its first group instead. ``of``: whether every value found must fit, or one.
    ``missing``: how the rule ends where the document has no such value.
    """

    kind: Literal["compare"]
    field: FieldName | None = None
    pattern: Pattern | None = None
    case_sensitive: bool = False
    operator: Annotated[Operator, BeforeValidator(_operator_word, json_schema_input_type=Operator | Sign)]
    value: Annotated[Text, BeforeValidator(_operand_text, json_schema_input_type=Text | float)] | None = None
    other: FieldName | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    of: Literal["every", "any"] = "every"
    missing: Literal["not_applicable", "fail", "needs_review"] = "not_applicable"

    @model_validator(mode="after")
    def _has_two_sides(self) -> Self:
        if (self.field is None) == (self.pattern is None):
            raise ValueError("give either a field or a pattern")
        if (self.value is None) == (self.other is None):
            raise ValueError("give either a value or another field (other)")
        if self.pattern and not pattern(self.pattern).compiled.groups:
            raise ValueError("the pattern needs a group, (…), around the value to compare")
        if self.value is not None:
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
    expect: Annotated[Literal["yes", "no"], BeforeValidator(_yes_or_no)] = "yes"
    within: Headings | None = None


Rule = Annotated[
    RequireRule | ForbidRule | CompareRule | SectionRule | CountRule | AskRule,
    Field(discriminator="kind"),
]


class PolicyRules(_Strict):
    """A policy: its name, what it is for, and its rules."""

    name: Slug
    title: Text
    description: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_printable)] = ""
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
