"""What can be run."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from runs.agents import AGENTS
from runs.agents.base import Agent
from runs.limits import is_held
from runs.models import AgentSettings
from runs.pausing import LONGEST_REASON
from runs.schemas.base import Moment, Request
from runs.usual import UsualTime


class PauseRequest(Request):
    """Why an agent shall not be run for now."""

    reason: Annotated[str, StringConstraints(pattern=r"\S", max_length=LONGEST_REASON)] = Field(
        description="Shown to everybody who wants to run it, and kept in its history.",
        examples=["moving to another machine until noon"],
    )


class UsualShape(Schema):
    """How long completed runs took lately, without what they waited."""

    median_seconds: float = Field(description="Half of them took at most so long.", examples=[4.2])
    slow_seconds: float = Field(description="Nine of ten took at most so long.", examples=[11.9])
    run_count: int = Field(description="Of so many runs, the last 200 at most.", examples=[200])

    @classmethod
    def of(cls, usual: UsualTime) -> UsualShape:
        return cls(
            median_seconds=round(usual.median.total_seconds(), 3),
            slow_seconds=round(usual.slow.total_seconds(), 3),
            run_count=usual.count,
        )


class AgentShape(Schema):
    """An agent, with what it takes and gives as JSON schemas."""

    name: str = Field(examples=["document-extractor"])
    label: str = Field(examples=["Document extractor"])
    description: str = Field(
        examples=["Reads a PDF, scan, Word document, e-mail, web page or text and lists its values."]
    )
    version: str = Field(examples=["1.0.0"])
    package: str | None = Field(description="The package that brings it; null for AgentSite's own.", examples=[None])
    url: str = Field(examples=["https://agents.example/api/v1/agents/document-extractor"])
    is_held: bool = Field(description="Whether this version waits for an operator to accept it.", examples=[False])
    is_paused: bool = Field(description="Whether an operator has stopped new runs of it.", examples=[False])
    paused_reason: str | None = Field(examples=[None])
    paused_at: Moment | None = Field(description="Since when.", examples=[None])
    paused_by: str | None = Field(description="The operator's username, where it is known.", examples=[None])
    usual: UsualShape | None = Field(description="How long it usually takes; null below three completed runs.")
    input_schema: dict[str, Any] = Field(examples=[{"type": "object", "properties": {}}])
    output_schema: dict[str, Any] = Field(examples=[{"type": "object", "properties": {}}])

    @classmethod
    def of(cls, agent: Agent[Any, Any], chosen: AgentSettings | None, usual: UsualTime | None, url: str) -> AgentShape:
        """``chosen`` is what an operator has set for the agent, if anything."""
        pause = chosen if chosen is not None and chosen.is_paused else AgentSettings()
        return cls(
            name=agent.name,
            label=agent.label,
            description=agent.description,
            version=agent.version,
            package=AGENTS.packages.get(agent.name),
            url=url,
            is_held=is_held(agent, chosen),
            is_paused=pause.is_paused,
            paused_reason=pause.paused_reason or None,
            paused_at=pause.paused_at,
            paused_by=pause.paused_by.username if pause.paused_by else None,
            usual=UsualShape.of(usual) if usual else None,
            input_schema=agent.Input.model_json_schema(),
            output_schema=agent.Output.model_json_schema(mode="serialization"),
        )


class AgentList(Schema):
    agents: list[AgentShape]
