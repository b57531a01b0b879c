"""The original API's shapes, which never change."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, ConfigDict, WithJsonSchema

from runs import agents
from runs.lifecycle.transitions import CANCELLED_SENTENCE
from runs.models import AgentRun, Status
from runs.schemas.base import Moment

AGENT_NAMES = list(agents.AGENTS)
AgentName = Enum("AgentName", {name: name for name in AGENT_NAMES}, type=str)  # type: ignore[misc]
"""An enum, not a literal: the original's refusal of an unknown agent has the type ``enum``."""


class OriginalRequest(BaseModel):
    """An agent, and the user it works for."""

    # What is no object is refused in the original's words.
    model_config = ConfigDict(from_attributes=True)

    agent_type: Annotated[AgentName, WithJsonSchema({"type": "string", "enum": AGENT_NAMES})]
    user_id: UUID


class OriginalTriggered(Schema):
    """The run has been taken on."""

    run_id: UUID
    status: Literal["running"] = "running"


class OriginalStatus(Schema):
    """A run in the original's words: ``running`` is every run that has not ended."""

    run_id: UUID
    agent_type: str
    user_id: UUID
    status: Literal["running", "completed", "failed"]
    result: str | None
    error: str | None
    started_at: Moment
    completed_at: Moment | None

    @classmethod
    def of(cls, run: AgentRun) -> OriginalStatus:
        """``started_at`` is when the run was triggered: the original began at once."""
        is_completed, is_cancelled = run.status == Status.COMPLETED, run.status == Status.CANCELLED
        ending: Literal["completed", "failed"] = "completed" if is_completed else "failed"
        error = CANCELLED_SENTENCE if is_cancelled else run.error
        return cls(
            run_id=run.pk,
            agent_type=run.agent,
            user_id=run.user_id,
            status=ending if run.is_final else "running",
            result=run.result if is_completed else None,
            error=error if ending == "failed" and run.is_final else None,
            started_at=run.created_at,
            completed_at=run.completed_at,
        )


class OriginalRefusal(Schema):
    """A refusal in one sentence."""

    detail: str


class OriginalFault(Schema):
    """One thing that is wrong with a request: pydantic's entry."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any
    ctx: dict[str, Any] | None = None


class OriginalFaults(Schema):
    """All that is wrong with a request."""

    detail: list[OriginalFault]
