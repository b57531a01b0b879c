"""What rules are made of: texts that are checked, wordings to look for, and when a rule applies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from runs.agents.policies.fields import COUNTS, check_field
from runs.agents.policies.operands import check_relation
from runs.agents.policies.patterns import Expression, pattern, phrase

MAX_NESTING = 5


def printable(text: str) -> str:
    """Return the text. Raises ``ValueError`` for control characters."""
    if any(not (c.isprintable() or c == "\n") for c in text):
        raise ValueError("it holds control characters")
    return text


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _checked(check: Callable[[str], object]) -> AfterValidator:
    def checked(text: str) -> str:
        check(text)
        return text

    return AfterValidator(checked)


Text = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(printable)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Phrase = Annotated[Text, _checked(phrase)]
Pattern = Annotated[Text, _checked(pattern)]
Relation = Annotated[Text, _checked(check_relation)]
FieldName = Annotated[str, AfterValidator(check_field)]
_PhraseList = Annotated[list[Phrase], Field(max_length=100)]
_PatternList = Annotated[list[Pattern], Field(max_length=100)]
_HeadingList = Annotated[list[Phrase], Field(min_length=1, max_length=100)]
Phrases = Annotated[_PhraseList, BeforeValidator(_one_or_many, json_schema_input_type=Phrase | _PhraseList)]
Patterns = Annotated[_PatternList, BeforeValidator(_one_or_many, json_schema_input_type=Pattern | _PatternList)]
Headings = Annotated[_HeadingList, BeforeValidator(_one_or_many, json_schema_input_type=Phrase | _HeadingList)]


class Strict(BaseModel):
    """Refuses every key it does not name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


LONGEST_SHOWN = 60
"""A pattern that is longer is no wording for people."""


class Wordings(Strict):
    """Phrases and regular expressions to look for. ``what`` names in words what they stand for."""

    phrases: Phrases = []
    patterns: Patterns = []
    case_sensitive: bool = False
    what: Text | None = None

    @property
    def expressions(self) -> list[Expression]:
        """The phrases, then the patterns, compiled."""
        return [phrase(wording, self.case_sensitive) for wording in self.phrases] + [
            pattern(wording, self.case_sensitive) for wording in self.patterns
        ]

    @property
    def shown(self) -> list[str]:
        """The wordings for people, in quotes; long patterns are only counted."""
        quoted = [
            f'"{wording}"'
            for wording in (*self.phrases, *self.patterns)
            if wording in self.phrases or is_short(wording)
        ]
        count = len(self.phrases) + len(self.patterns) - len(quoted)
        return [*quoted, f"{count} pattern{'s' if count > 1 else ''}"] if count else quoted


def is_short(pattern: str) -> bool:
    """Whether a pattern can be shown as a wording: a few words, without the signs of regular expressions."""
    return len(pattern) <= LONGEST_SHOWN and not set(pattern) & set("\\(){}[]|^$")


Reach = Annotated[
    str,
    StringConstraints(pattern=r"^(sentence|paragraph|[1-9][0-9]{0,2} words?)$", to_lower=True),
    Field(max_length=20),
]
"""How far is near: in the same sentence, in the same paragraph, at most so many words apart."""


class Nearby(Wordings):
    """Wordings that stand near another."""

    within: Reach = "sentence"

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if not (self.phrases or self.patterns):
            raise ValueError("give at least one phrase or pattern")
        return self

    @property
    def words_apart(self) -> int | None:
        """How many words may stand between; None for a sentence or a paragraph."""
        count = self.within.split()[0]
        return int(count) if count.isdecimal() else None


def phrases_nearby(value: object) -> object:
    """Read a phrase or a list of phrases as wordings in the same sentence."""
    if isinstance(value, (str, list)):
        return {"phrases": value} if value else None
    return value


class Condition(Wordings):
    """When a rule applies. Either one of the document's facts, or conditions put together.

    The facts: it has one of the wordings, a value for the field, or a relation of its values holds;
    one of those given is enough. Put together: ``any``, ``all`` or ``not``.
    """

    field: FieldName | None = None
    holds: Relation | None = None
    any: Annotated[list[Condition], Field(min_length=1, max_length=20)] | None = None
    all: Annotated[list[Condition], Field(min_length=1, max_length=20)] | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None

    model_config = ConfigDict(serialize_by_alias=True)

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        joined = [each for each in (self.any, self.all, self.not_) if each is not None]
        stated = bool(self.phrases or self.patterns or self.field or self.holds)
        if len(joined) + stated != 1:
            raise ValueError(
                "a condition needs phrases, patterns, a field or holds; or else just one of any, all and not"
            )
        if self.field in COUNTS:
            raise ValueError(f"every document has {self.field}; a condition needs the name of a value")
        if self._nesting() > MAX_NESTING:
            raise ValueError(f"conditions may be nested {MAX_NESTING} deep")
        return self

    @property
    def parts(self) -> list[Condition]:
        """The conditions it puts together."""
        return [*(self.any or ()), *(self.all or ()), *([self.not_] if self.not_ else ())]

    def _nesting(self) -> int:
        return 1 + max((part._nesting() for part in self.parts), default=0)
