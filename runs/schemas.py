"""The public JSON shapes: what scripts send and get.

Names in them are promises. The original API's shapes come first and never change; the
others belong to ``/api/v1/``. A shape is made from a model, in the context of the request
that asked for it, so that its links lead back to where the request came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from django.urls import reverse
from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from runs import agents
from runs.agents.base import Agent
from runs.lifecycle import OnConflict
from runs.lifecycle.transitions import CANCELLED_SENTENCE
from runs.models import AgentRun, AgentSettings, Document, Policy, RunEvent, Status


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, always with microseconds: ``2025-07-15T19:37:02.975197Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


Moment = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

# --- The original API ----------------------------------------------------------------

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


# --- What scripts send to /api/v1/ ---------------------------------------------------------


class Request(BaseModel):
    """Base of every body: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class RunRequest(Request):
    """A run to trigger."""

    agent: str = Field(description="The agent's name, as in the list of agents.")
    input: dict[str, Any] = Field({}, description="What the agent's input_schema asks for.")
    on_conflict: OnConflict = Field(
        "reject",
        description="When another run of yours is active: reject answers 409, wait starts this one when the other "
        "has ended, replace asks the other to stop and starts this one then.",
    )


class StopRequest(Request):
    """Why a run shall stop."""

    reason: str = Field("", max_length=200, description="Shown in the run's history.")


class RerunRequest(Request):
    """How to ask for the same run again."""

    on_conflict: OnConflict = "reject"


# --- What /api/v1/ answers -------------------------------------------------------------------


def link(context: Mapping[str, Any], name: str, *arguments: object) -> str:
    """The whole address of a page or an endpoint, as the request that is being answered sees the site."""
    address: str = context["request"].build_absolute_uri(reverse(name, args=arguments))
    return address


class AgentShape(Schema):
    """An agent, with what it takes and gives as JSON schemas."""

    name: str
    label: str
    description: str
    version: str
    url: str
    is_paused: bool = Field(description="Whether an operator has stopped new runs of it.")
    paused_reason: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]

    @classmethod
    def of(cls, agent: Agent[Any, Any], chosen: AgentSettings | None, url: str) -> AgentShape:
        """``chosen`` is what an operator has set for the agent, if anything."""
        is_paused = chosen is not None and chosen.is_paused
        return cls(
            name=agent.name,
            label=agent.label,
            description=agent.description,
            version=agent.version,
            url=url,
            is_paused=is_paused,
            paused_reason=(chosen.paused_reason or None) if chosen is not None and is_paused else None,
            input_schema=agent.Input.model_json_schema(),
            output_schema=agent.Output.model_json_schema(mode="serialization"),
        )


class AgentList(Schema):
    agents: list[AgentShape]


class DocumentBrief(Schema):
    """A document, where something else is shown."""

    id: UUID
    name: str
    url: str

    @staticmethod
    def resolve_url(document: Document, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_document", document.pk)


class DocumentShape(DocumentBrief):
    """An uploaded file."""

    sha256: str
    size: int = Field(description="In bytes.")
    media_type: str = Field(description="What the content is, whatever its name says.")
    uploaded_at: Moment
    content_url: str

    @staticmethod
    def resolve_content_url(document: Document, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_document_content", document.pk)


class DocumentList(Schema):
    documents: list[DocumentShape]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last.")


class PolicyShape(Schema):
    """The latest version of a policy."""

    name: str
    version: int
    reference: str = Field(description="The name with the version: pass it as an input's policy to pin the version.")
    title: str
    description: str
    created_at: Moment

    @staticmethod
    def resolve_reference(policy: Policy) -> str:
        return policy.reference


class PolicyList(Schema):
    policies: list[PolicyShape]


class ActiveRun(Schema):
    """The run that is in the way."""

    id: UUID
    url: str
    agent: str
    status: str
    progress: int
    started_at: Moment | None

    @staticmethod
    def resolve_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_run", run.pk)


class RunBrief(ActiveRun):
    """A run as a line of a list."""

    agent_version: str
    user_id: UUID
    trigger: str = Field(description="Who asked: dashboard, api, command, schedule or rerun.")
    is_stopping: bool = Field(description="Whether it has been asked to stop and has not yet.")
    step: str
    attempt: int
    document: DocumentBrief | None
    rerun_of: UUID | None
    result: str | None = Field(description="The outcome in one word.")
    summary: str = Field(description="The outcome in a few words.")
    error: str | None = Field(description="Why the run did not end well, in a sentence.")
    error_code: str | None = Field(description="The same for programs; only of failed runs.")
    created_at: Moment
    completed_at: Moment | None

    @staticmethod
    def resolve_rerun_of(run: AgentRun) -> UUID | None:
        return run.rerun_of_id

    @staticmethod
    def resolve_error(run: AgentRun) -> str | None:
        return run.error or None

    @staticmethod
    def resolve_error_code(run: AgentRun) -> str | None:
        return run.error_code or None


class RunShape(RunBrief):
    """A run with everything its owner may know."""

    max_attempts: int
    policy: str | None
    input: dict[str, Any]
    output: Any = Field(description="In the form of the agent's output_schema; null until the run has completed.")
    cancel_requested_at: Moment | None
    cancel_reason: str
    deadline_at: Moment | None = Field(description="When the running attempt will be stopped.")
    page_url: str = Field(description="The run's page, for people.")
    events_url: str
    cancel_url: str
    force_stop_url: str
    rerun_url: str

    @staticmethod
    def resolve_policy(run: AgentRun) -> str | None:
        return run.policy.reference if run.policy else None

    @staticmethod
    def resolve_page_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "run", run.pk)

    @staticmethod
    def resolve_events_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:list_events", run.pk)

    @staticmethod
    def resolve_cancel_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:cancel_run", run.pk)

    @staticmethod
    def resolve_force_stop_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:force_stop_run", run.pk)

    @staticmethod
    def resolve_rerun_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:rerun_run", run.pk)


class RunList(Schema):
    runs: list[RunBrief]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last.")


class EventShape(Schema):
    """A dated line of a run's history."""

    id: int
    kind: str
    at: Moment
    attempt: int
    actor: str | None = Field(description="The name of who did it, where that was a person.")
    message: str
    data: dict[str, Any] = Field(description="Depends on the kind; logged lines have a level.")

    @staticmethod
    def resolve_actor(event: RunEvent) -> str | None:
        return event.actor.get_username() if event.actor else None


class EventList(Schema):
    events: list[EventShape]
    next_after: int = Field(description="Ask with this as after for what comes next.")


class FieldFault(Schema):
    """What is wrong with one field."""

    loc: list[str | int] = Field(description="The way to the field: body, query or path, then names and indexes.")
    msg: str
    type: str


class Problem(Schema):
    """A refusal, as RFC 9457 has it, with a code for programs."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str = Field(description="What the HTTP status says.")
    status: int
    detail: str = Field(description="What is wrong, in a sentence.")
    code: str = Field(description="What is wrong, for programs.")
    errors: Sequence[FieldFault] | None = Field(None, description="Of each field that is wrong.")
    active_run: ActiveRun | None = Field(None, description="With already_running: the run in the way.")
    waiting_run: ActiveRun | None = Field(None, description="With seat_taken: the run that waits already.")
    choices: list[str] | None = Field(None, description="What on_conflict may be to be let in.")
