"""What is asked for by the user's own fields, what became of it, and one answer made of many pieces'.

Merged by this rule: of a field's values the best grounded one is given, of equally good ones
the first in the document; where the document supports another value as well, both are given
and neither is sure; a list gives each of its entries once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import BaseModel
from pydantic import Field as Described

from runs.agents.extraction import Field
from runs.agents.own_values import WantedType

DOUBTED: Final = 0.5
"""The most that is given to a value beside which the document has another."""


class WantedField(BaseModel):
    """A field to look for."""

    model_config = {"extra": "forbid", "str_strip_whitespace": True}

    name: Annotated[str, Described(min_length=1, max_length=80, title="Name", examples=["Notice period"])]
    description: Annotated[
        str, Described(max_length=500, title="What it is", description="The better, the surer it is found.")
    ] = ""
    type: Annotated[WantedType, Described(title="Type")] = "text"

    @property
    def slug(self) -> str:
        """Its name in snake case, as results have it."""
        return re.sub(r"[\W_]+", "_", self.name.casefold()).strip("_") or "field"


class AskedField(BaseModel):
    """What became of a field that the user named. Its values are among ``fields``, with ``source`` model."""

    name: str
    label: str
    type: WantedType
    status: Literal["found", "unproven", "not_found", "not_evaluated"] = Described(
        description="unproven: the model gives a value, and its quote does not stand in the document. "
        "not_found: the document does not state it, as far as the model has read."
    )
    explanation: str = Described(default="", description="Why it is not evaluated, or what to know of its values.")


@dataclass(slots=True)
class OwnFields:
    """The answer: values, what became of each field, and what to say of the whole."""

    fields: list[Field] = field(default_factory=list)
    asked: list[AskedField] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def merged(wanted: Sequence[WantedField], values: Iterable[Field], left_open: str) -> OwnFields:
    """One answer of all pieces' values. ``left_open``: why some pieces are missing; empty where none are."""
    all_values = list(values)
    answer = OwnFields()
    for each in wanted:
        candidates = _different([value for value in all_values if value.name == each.slug])
        if each.type == "list":
            chosen, note = candidates, ""
        else:
            chosen, note = _chosen(candidates)
        answer.fields += chosen
        answer.asked.append(_asked(each, chosen, note, left_open))
    if left_open:
        answer.warnings.append(left_open)
    return answer


def _different(values: Iterable[Field]) -> list[Field]:
    """Each value once, at its best; in the order of the document."""
    best: dict[str, Field] = {}
    for value in values:
        key = value.normalised.casefold()
        if key not in best or value.confidence > best[key].confidence:
            best[key] = value
    return sorted(best.values(), key=lambda value: value.page)


def _chosen(values: Sequence[Field]) -> tuple[list[Field], str]:
    """The best value, and beside it those that the document supports as well."""
    if not values:
        return [], ""
    best = max(values, key=lambda value: value.confidence)
    if best.grounding == "not_found":
        return [best], ""
    others = [value for value in values if value is not best and value.grounding == "verified"]
    if not others:
        return [best], ""
    doubted = [value.model_copy(update={"confidence": min(value.confidence, DOUBTED)}) for value in (best, *others)]
    return doubted, f"The document states {len(doubted)} different values."


def _asked(wanted: WantedField, chosen: Sequence[Field], note: str, left_open: str) -> AskedField:
    status: Literal["found", "unproven", "not_found", "not_evaluated"]
    if any(value.grounding != "not_found" for value in chosen):
        status, explanation = "found", note
    elif chosen:
        status, explanation = "unproven", "The quote does not stand in the document."
    elif left_open:
        status, explanation = "not_evaluated", left_open
    else:
        status, explanation = "not_found", "The document does not state it, as far as the model has read."
    if left_open and status == "found":
        explanation = " ".join(filter(None, [explanation, left_open]))
    return AskedField(name=wanted.slug, label=wanted.name, type=wanted.type, status=status, explanation=explanation)
