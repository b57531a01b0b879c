"""The fields that a user names, found by a language model and held against the document.

A long document is asked about in pieces, whose answers ``own_answers`` makes one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic import Field as Described

from runs.agents.base import LanguageModel, NoModelAnswer, RunContext
from runs.agents.extraction import Field, document_conventions
from runs.agents.llm import Prompt
from runs.agents.llm_pieces import Piece, addressed_to_a_model, pieces_of
from runs.agents.own_answers import AskedField, OwnFields, WantedField, merged
from runs.agents.own_values import Claim, WantedType, grounded
from runs.documents import Reading

MOST_FIELDS: Final = 50
MOST_AT_ONCE: Final = 25
"""Fields in one question: more, and answers are cut off."""
MOST_OF_A_LIST: Final = 200
LAST_SECONDS: Final = 15.0
"""Of an attempt, in which nothing more is asked."""
SUSPECT: Final = 0.3
NO_MODEL: Final = "No language model is configured."
NOT_ASKED: Final = "The run ended before the language model was asked."
PART: Final = "model part "
TIME_IS_UP: Final = "The time of the run was up."
TYPES: Final[dict[WantedType, str]] = {
    "text": "text, as it stands in the document",
    "number": "a number, written as 1234.5",
    "amount": "an amount of money, as it stands in the document with its currency",
    "date": "a date, written as YYYY-MM-DD",
    "boolean": "yes or no",
    "list": "a list: one entry of found for each of its entries, each with its own quote",
}

PROMPT: Final = Prompt(
    "own-fields",
    1,
    """
You read an excerpt of a document and find the values of the fields you are given.

For each value give: the field's name; the value, in the form its type asks for; a quote, copied character for
character from the excerpt, short, that states the value and contains it; and the number of the page, which stands
before each page's text as [page N].

Give only what the excerpt states. A field the excerpt does not state is left out: never guess, calculate, translate or
complete a value. Give a field once, unless its type is a list or the excerpt states different values for it.
""",
)


class FoundValue(BaseModel):
    """A value that the excerpt states."""

    field: str = Described(description="The field's name, as it was given.")
    value: str = Described(max_length=4000)
    quote: str = Described(max_length=1000, description="Copied from the excerpt, character for character.")
    page: int = Described(description="The N of the [page N] before it.")


class FoundValues(BaseModel):
    """What the excerpt states of the fields."""

    found: list[FoundValue] = Described(max_length=MOST_OF_A_LIST)


def find_own_fields(context: RunContext, reading: Reading, wanted: Sequence[WantedField]) -> OwnFields:
    """Find the fields a user named. Raises ``RetryableError`` while the model is not to be had.

    Whatever else keeps the model from answering leaves fields not evaluated, and says why.
    """
    if not wanted:
        return OwnFields()
    if context.llm is None:
        return unevaluated(wanted, NO_MODEL)
    passages = [(page.number, page.text) for page in reading.pages]
    pieces = pieces_of(passages, context.llm.piece_characters)
    values: list[Field] = []
    done = 0
    stopped_by = ""
    for piece in pieces:
        try:
            values += _values_in(context, context.llm, reading, piece, len(pieces), wanted)
        except NoModelAnswer as refusal:
            stopped_by = str(refusal)
            break
        except TimeIsUp:
            stopped_by = TIME_IS_UP
            break
        done += 1
    answer = merged(wanted, values, _left_open(done, len(pieces), stopped_by))
    answer.warnings += _suspicions(reading)
    return answer


def own_fields_kept(wanted: Sequence[WantedField], kept: Mapping[str, Any]) -> OwnFields:
    """What the parts that were asked about gave, of a run that did not come to its end."""
    parts = {name: value for name, value in kept.items() if name.startswith(PART)}
    if not parts:
        return unevaluated(wanted, NOT_ASKED)
    count = max(int(name.rpartition(" ")[2]) for name in parts)
    values = [Field.model_validate(each) for part in parts.values() for each in part]
    return merged(wanted, values, _left_open(len(parts), count, NOT_ASKED) if len(parts) < count else "")


def named_once(wanted: list[WantedField]) -> list[WantedField]:
    """The same fields. Raises ``ValueError`` where two have one name."""
    slugs = [each.slug for each in wanted]
    twice = next((each.name for each in wanted if slugs.count(each.slug) > 1), None)
    if twice is not None:
        raise ValueError(f"Two fields are named {twice}: give each its own.")
    return wanted


class TimeIsUp(Exception):
    """Too little time is left to ask."""


def unevaluated(wanted: Sequence[WantedField], why: str) -> OwnFields:
    """None of the fields was asked about, and the whole says so."""
    asked = [
        AskedField(name=each.slug, label=each.name, type=each.type, status="not_evaluated", explanation=why)
        for each in wanted
    ]
    count = f"{len(wanted)} of your fields were" if len(wanted) > 1 else "Your field was"
    return OwnFields(asked=asked, warnings=[f"{count} not evaluated: {_in_a_sentence(why)}"])


def _values_in(
    context: RunContext, llm: LanguageModel, reading: Reading, piece: Piece, count: int, wanted: Sequence[WantedField]
) -> list[Field]:
    """What a piece states of the fields, from an earlier attempt where that has asked."""
    part = f"{PART}{piece.number} of {count}"
    if part in context.kept:
        return [Field.model_validate(each) for each in context.kept[part]]
    values: list[Field] = []
    for start in range(0, len(wanted), MOST_AT_ONCE):
        if context.deadline - time.time() < LAST_SECONDS:
            raise TimeIsUp
        some = wanted[start : start + MOST_AT_ONCE]
        context.step(f"Asking {llm.name} about part {piece.number} of {count}")
        answered = llm.ask(PROMPT, piece.text, FoundValues, task=_task(some))
        values += _grounded(answered.value.found, some, reading)
    context.keep(part, [each.model_dump(mode="json") for each in values], done=piece.number, total=count, unit="parts")
    return values


def _task(wanted: Iterable[WantedField]) -> str:
    lines = [
        f"- {each.name} ({TYPES[each.type]})" + (f": {each.description}" if each.description else "")
        for each in wanted
    ]
    return "\n".join(["The fields:", *lines])


def _grounded(found: Iterable[FoundValue], wanted: Iterable[WantedField], reading: Reading) -> list[Field]:
    by_slug = {each.slug: each for each in wanted}
    conventions = document_conventions(reading)
    values = []
    for each in found:
        one = by_slug.get(WantedField.model_construct(name=each.field, description="", type="text").slug)
        # What was not asked for, and what is empty, is no answer.
        if one is not None and each.value.strip():
            claim = Claim(one.slug, one.name, one.type, each.value.strip(), each.quote.strip(), each.page)
            value = grounded(claim, reading.pages, conventions)
            values.append(_suspected(value))
    return values


def _suspected(value: Field) -> Field:
    """What is quoted from text that speaks to a model is shown, and not believed."""
    if not addressed_to_a_model(value.quote):
        return value
    grounding = "fuzzy" if value.grounding == "verified" else value.grounding
    return value.model_copy(update={"grounding": grounding, "confidence": min(value.confidence, SUSPECT)})


def _left_open(done: int, count: int, why: str) -> str:
    if not why or done == 0:
        return why
    return f"Only {done} of {count} parts of the document were asked about: {_in_a_sentence(why)}"


def _in_a_sentence(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _suspicions(reading: Reading) -> list[str]:
    found = [(page.number, addressed_to_a_model(page.text)) for page in reading.pages]
    return [
        f"Page {number} speaks to a language model (“{said}”). Values were found all the same; read their quotes."
        for number, said in found
        if said
    ]
