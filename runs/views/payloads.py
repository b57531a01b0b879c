"""What went into a run and came out of it, as its page shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from django.db.models.fields.json import KT
from pydantic import ValidationError

from runs.agents import AGENTS
from runs.agents.base import Agent
from runs.agents.extraction.fields import in_present_shape
from runs.inputs import fields_of_format
from runs.models import AgentRun
from runs.partials import TakenOver, partial_output, taken_over
from runs.shapes import NO_SHAPE, in_declared_order, shape_of
from runs.views.evidence import Evidence
from runs.views.shown import Shown, show

LONGEST_JSON: Final = 100_000
MOST_TABLES: Final = 20


class Payload:
    """The input and the output of ``run``, for a reader who asks with ``query``."""

    def __init__(self, run: AgentRun, query: Mapping[str, str]) -> None:
        self.run = run
        self.query = query

    @property
    def agent(self) -> Agent[Any, Any] | None:
        """The run's agent, if it is still in the registry."""
        return AGENTS.get(self.run.agent)

    @cached_property
    def works_on_sample(self) -> bool:
        """Whether no document was given. One that was given and deleted since is no sample."""
        if self.run.document_id is not None or self.agent is None or self.agent.sample is None:
            return False
        given = [KT(f"input__{name}") for name in fields_of_format(self.agent, "document")]
        rows = AgentRun.objects.filter(pk=self.run.pk).values_list(*given)
        return not any(value for row in rows for value in row)

    @cached_property
    def _found(self) -> Any:
        return self.run.output if self.run.output is not None else partial_output(self.run)

    @cached_property
    def output(self) -> Any:
        """The output, else what there is of it, with its keys in the order of their declaration."""
        return in_declared_order(self._found, shape_of(self.agent.Output) if self.agent else NO_SHAPE)

    @cached_property
    def taken_over(self) -> list[TakenOver]:
        """What the run did not have to do itself."""
        return taken_over(self.run)

    @cached_property
    def evidence(self) -> Evidence:
        """Where what was found stands in the document."""
        output = self.output if self._is_of_declared_shape() else None
        return Evidence(self.run, output, self.query, is_sample=self.works_on_sample)

    @cached_property
    def _json(self) -> str:
        return json.dumps(self.output, ensure_ascii=False, indent=2)

    @property
    def shown_json(self) -> str:
        return self._json[:LONGEST_JSON]

    @property
    def json_is_cut(self) -> bool:
        return len(self._json) > LONGEST_JSON

    @cached_property
    def only_unverified(self) -> bool:
        """Whether the reader asks for the values alone whose quote was not found again just so."""
        return self.query.get("show") == "unverified"

    @property
    def fields(self) -> list[tuple[int, Mapping[str, Any]]]:
        """The values that an extractor's output lists and the reader asks for, with their numbers."""
        numbered = list(enumerate(map(in_present_shape, self.output["fields"]), 1))
        return [(number, field) for number, field in numbered if not self.only_unverified or _is_unverified(field)]

    @property
    def tables(self) -> list[dict[str, Any]]:
        """The first tables an extractor's output has, each cell of a row with its column."""
        return [
            {
                **table,
                "rows": [{**row, "pairs": zip(row["cells"], table["columns"], strict=False)} for row in table["rows"]],
            }
            for table in (self.output.get("tables") or ())[:MOST_TABLES]
        ]

    @property
    def unverified_count(self) -> int:
        return sum(1 for field in self.output["fields"] if _is_unverified(field))

    @property
    def shown_output(self) -> Shown:
        return show(self.output, shape_of(self.agent.Output) if self.agent else NO_SHAPE)

    @property
    def shown_input(self) -> Shown:
        """The input without the document and the policy, which the facts beside it name."""
        if self.agent is None:
            return show(self.run.input)
        named = {*fields_of_format(self.agent, "document"), *fields_of_format(self.agent, "policy")}
        rest = {name: value for name, value in self.run.input.items() if name not in named}
        return show(rest, shape_of(self.agent.Input))

    @property
    def result_templates(self) -> list[str]:
        """The agent's own template, if there is one and the output has the shape it is made for; else that for any."""
        own = [f"runs/results/{self.run.agent}.html"] if self._is_of_declared_shape() else []
        return [*own, "runs/results/generic.html"]

    def _is_of_declared_shape(self) -> bool:
        """Whether the output is what the agent answers today; an earlier version may have answered otherwise."""
        try:
            return self.agent is not None and bool(self.agent.Output.model_validate(self._found))
        except ValidationError:
            return False


def _is_unverified(field: Mapping[str, Any]) -> bool:
    return bool(field.get("grounding") != "verified")
