"""What can be run."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from runs.agents.base import Agent
from runs.models import AgentSettings
from runs.schemas.base import Moment


class AgentShape(Schema):
    """An agent, with what it takes and gives as JSON schemas."""

    name: str
    label: str
    description: str
    version: str
    url: str
    is_paused: bool = Field(description="Whether an operator has stopped new runs of it.")
    paused_reason: str | None
    paused_at: Moment | None = Field(description="Since when.")
    paused_by: str | None = Field(description="The operator's username, where it is known.")
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]

    @classmethod
    def of(cls, agent: Agent[Any, Any], chosen: AgentSettings | None, url: str) -> AgentShape:
        """``chosen`` is what an operator has set for the agent, if anything."""
        pause = chosen if chosen is not None and chosen.is_paused else AgentSettings()
        return cls(
            name=agent.name,
            label=agent.label,
            description=agent.description,
            version=agent.version,
            url=url,
            is_paused=pause.is_paused,
            paused_reason=pause.paused_reason or None,
            paused_at=pause.paused_at,
            paused_by=pause.paused_by.username if pause.paused_by else None,
            input_schema=agent.Input.model_json_schema(),
            output_schema=agent.Output.model_json_schema(mode="serialization"),
        )


class AgentList(Schema):
    agents: list[AgentShape]
