"""What was finished of a run that did not come to its end, and what one has taken over from another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.models import AgentRun


class PartialBrief(Schema):
    """How much was finished of a run that did not come to its end."""

    done: int = Field(description="How many of what unit names are done.")
    total: int | None = Field(description="Of how many; null where the agent does not say.")
    unit: str


class PartialShape(PartialBrief):
    """The same with what it makes."""

    output: Any = Field(description="In the form of the agent's output_schema; null where the parts make none yet.")


class TakenOverShape(Schema):
    """Parts that another run has finished."""

    run_id: UUID
    parts: list[str] = Field(description="Their names, as the agent calls them.")


def partial_brief(run: AgentRun) -> dict[str, Any] | None:
    """How much is kept, from the run's columns alone."""
    if not run.is_partial:
        return None
    if run.kept_total:
        return {"done": run.kept_done, "total": run.kept_total, "unit": run.kept_unit}
    return {"done": run.kept_count, "total": None, "unit": "parts"}
