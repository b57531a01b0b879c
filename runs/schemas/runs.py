"""Runs: asked for, as lines of a list, whole, and their history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs import live
from runs.access import Caller, right_to_watch
from runs.lifecycle import OnConflict
from runs.models import AgentRun, RunEvent
from runs.partials import TakenOver, partial_output, taken_over
from runs.schemas.base import Moment, Request, link
from runs.schemas.documents import DocumentBrief
from runs.schemas.partials import PartialBrief, PartialShape, TakenOverShape, partial_brief
from runs.schemas.payloads import declared_input, declared_output


class RunRequest(Request):
    """A run to trigger."""

    agent: str = Field(min_length=1, description="The agent's name, as in the list of agents.")
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


class AdoptionRequest(Request):
    """Why a late result may count after all."""

    reason: str = Field("", max_length=200, description="Kept in the history of both runs; one must be given.")


class OpeningRequest(Request):
    """Why an operator wants to see what is in another user's run."""

    reason: str = Field(
        "", max_length=200, description="Shown to the run's owner, and kept in the audit; one must be given."
    )


class OpeningShape(Schema):
    """A run whose content has been opened to an operator."""

    run_id: UUID
    reason: str
    until: Moment = Field(description="Until then the operator sees the run whole.")


class RunLine(Schema):
    """What there is to say of any run, wherever it is named."""

    id: UUID
    url: str
    agent: str
    status: str
    progress: int
    started_at: Moment | None

    @staticmethod
    def resolve_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_run", run.pk)


class ActiveRun(RunLine):
    """The run that is in the way."""

    estimate_seconds: int | None = Field(
        description="About how long it will go on, from how long its agent usually takes; null where nothing is known."
    )

    @staticmethod
    def resolve_estimate_seconds(run: AgentRun, context: Mapping[str, Any]) -> int | None:
        seconds: int | None = context.get("estimate_seconds")
        return seconds


class RunBrief(RunLine):
    """A run as a line of a list."""

    agent_version: str
    user_id: UUID
    trigger: str = Field(description="Who asked: dashboard, api, command, schedule, rerun, adoption or continuation.")
    is_stopping: bool = Field(description="Whether it has been asked to stop and has not yet.")
    step: str
    attempt: int
    document: DocumentBrief | None
    schedule: UUID | None = Field(description="The schedule it came of.")
    scheduled_for: Moment | None = Field(description="The time of its schedule that it is for.")
    rerun_of: UUID | None
    adopted_from: UUID | None = Field(description="The run whose late result this one has taken over.")
    result: str | None = Field(description="The outcome in one word.")
    summary: str = Field(description="The outcome in a few words.")
    error: str | None = Field(description="Why the run did not end well, in a sentence.")
    error_code: str | None = Field(description="The same for programs; only of failed runs.")
    partial: PartialBrief | None = Field(
        description="What was finished of a run that failed or was cancelled; null where nothing is kept."
    )
    created_at: Moment
    completed_at: Moment | None

    @staticmethod
    def resolve_partial(run: AgentRun) -> dict[str, Any] | None:
        return partial_brief(run)

    @staticmethod
    def resolve_schedule(run: AgentRun) -> UUID | None:
        return run.schedule_id

    @staticmethod
    def resolve_rerun_of(run: AgentRun) -> UUID | None:
        return run.rerun_of_id

    @staticmethod
    def resolve_adopted_from(run: AgentRun) -> UUID | None:
        return run.adopted_from_id

    @staticmethod
    def resolve_error(run: AgentRun) -> str | None:
        return run.error or None

    @staticmethod
    def resolve_error_code(run: AgentRun) -> str | None:
        return run.error_code or None


class UsageShape(Schema):
    """What a run has used of the language model."""

    model: str = Field(description="Name and version, as the endpoint says.")
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: str | None = Field(None, description="In `currency`, exactly; null where no prices are configured.")
    currency: str = ""
    is_estimated: bool = Field(
        False, description="Whether the endpoint did not count some of it, or a request was broken off."
    )
    prompts: list[str] = Field([], description="Each prompt that was used, as name@version:hash.")


class RunShape(RunBrief):
    """A run with everything its owner may know."""

    max_attempts: int
    policy: str | None
    policy_hash: str | None = Field(description="SHA-256 of the policy's content when the run was triggered.")
    partial: PartialShape | None = Field(
        description="What was finished of a run that failed or was cancelled, with the output so far."
    )
    continues: UUID | None = Field(description="The run whose rest this one is.")
    taken_over: list[TakenOverShape] = Field(description="What this run did not have to do itself.")
    is_hidden: bool = Field(
        description="Whether input and output are left out: it is another user's run, which an operator sees whole "
        "after `POST …/open` with a reason, or the token lacks `runs:read`."
    )
    input: dict[str, Any]
    output: Any = Field(description="In the form of the agent's output_schema; null until the run has completed.")
    usage: UsageShape | None = Field(
        description="What it has used of the language model, all attempts together; null where it asked nothing."
    )
    cancel_requested_at: Moment | None
    cancel_reason: str
    stops_by: Moment | None = Field(description="When a run that was asked to stop has ended at the latest.")
    deadline_at: Moment | None = Field(description="When the running attempt will be stopped.")
    page_url: str = Field(description="The run's page, for people.")
    events_url: str
    log_url: str
    result_url: str
    receipt_url: str = Field(description="Its sealed receipt, once it has ended; with .html as a page.")
    cancel_url: str
    force_stop_url: str
    rerun_url: str
    continue_url: str
    stream_url: str | None = Field(
        description="Where to watch the run as server-sent events (`curl -N`); opens for two minutes, and stays open "
        "for as long as you may see the run. Null once it has ended."
    )

    @staticmethod
    def resolve_input(run: AgentRun) -> Any:
        return declared_input(run)

    @staticmethod
    def resolve_output(run: AgentRun) -> Any:
        return declared_output(run)

    @staticmethod
    def resolve_policy_hash(run: AgentRun) -> str | None:
        return run.policy_hash or None

    @staticmethod
    def resolve_partial(run: AgentRun) -> dict[str, Any] | None:
        brief = partial_brief(run)
        return brief and {**brief, "output": partial_output(run)}

    @staticmethod
    def resolve_continues(run: AgentRun) -> UUID | None:
        return run.rerun_of_id if run.is_continuation else None

    @staticmethod
    def resolve_taken_over(run: AgentRun) -> list[TakenOver]:
        return taken_over(run)

    @staticmethod
    def resolve_continue_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:continue_run", run.pk)

    @staticmethod
    def resolve_stream_url(run: AgentRun, context: Mapping[str, Any]) -> str | None:
        return None if run.is_final else stream_url_for(getattr(context["request"], "auth", None), run)

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
    def resolve_log_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:download_log", run.pk)

    @staticmethod
    def resolve_result_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:download_result", run.pk)

    @staticmethod
    def resolve_receipt_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:download_receipt", run.pk)

    @staticmethod
    def resolve_cancel_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:cancel_run", run.pk)

    @staticmethod
    def resolve_force_stop_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:force_stop_run", run.pk)

    @staticmethod
    def resolve_rerun_url(run: AgentRun, context: Mapping[str, Any]) -> str:
        return link(context, "api:rerun_run", run.pk)


def stream_url_for(caller: Any, run: AgentRun) -> str:
    """Where ``caller`` can watch a run that goes on. Where nobody asks through the API, its user is meant."""
    asks = caller if isinstance(caller, Caller) and caller.user is not None else Caller(run.user)
    return live.stream_url(run, right_to_watch(asks, run.pk))


class RunList(Schema):
    runs: list[RunBrief]
    next_cursor: str | None = Field(description="Leads to older runs; null on the last page.")
    previous_cursor: str | None = Field(None, description="Leads to newer runs; null on the first page.")
    searched_to: Moment | None = Field(None, description="Where a search has stopped before the oldest run.")


class EventShape(Schema):
    """A dated line of a run's history."""

    id: int = Field(description="As the stream has it.")
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
    next_cursor: str = Field(description="Ask with this as cursor for what comes next; never null.")
