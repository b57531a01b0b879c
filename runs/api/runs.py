"""``/api/v1/runs``: asking for runs, watching them, stopping them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Body, Router
from ninja.responses import Status

from runs import access, lifecycle
from runs.api.authentication import signed_in
from runs.api.etags import IF_NONE_MATCH, etag_of, is_known
from runs.api.parameters import EventParameters, described, read_parameters
from runs.api.problems import refusals
from runs.api.repeats import ONE_RUN, IdempotencyKey, answer_with_run
from runs.api.triggers import DESCRIBED, read_trigger, telling_of
from runs.api.waiting import WaitParameters, seconds_asked, wait_for_end
from runs.comparing import Comparison, compare
from runs.filters import RunFilter
from runs.models import AgentRun, Opening, Trigger
from runs.patience import limited_reads
from runs.positions import Numbered
from runs.run_pages import page_of
from runs.schemas import (
    AdoptionRequest,
    ComparisonShape,
    EventList,
    OpeningRequest,
    OpeningShape,
    RerunRequest,
    RunList,
    RunShape,
    StopRequest,
)

router = Router(tags=["runs"])

OptionalStop = Annotated[StopRequest, Body(StopRequest())]
OptionalAdoption = Annotated[AdoptionRequest, Body(AdoptionRequest())]
OptionalOpening = Annotated[OpeningRequest, Body(OpeningRequest())]
OptionalRerun = Annotated[RerunRequest, Body(RerunRequest())]

making = {**refusals(400, 403, 404, 409, 413, 429, 503), "parameters": described(WaitParameters)}


@router.post("", response=ONE_RUN, openapi_extra={**making, "requestBody": DESCRIBED})
def trigger_run(request: HttpRequest, response: HttpResponse, key: IdempotencyKey) -> Status[AgentRun]:
    """Ask for a run of an agent: in JSON, or by a form that brings the document as a file."""
    user = signed_in(request)
    asked = read_trigger(request, user)

    def make() -> AgentRun:
        wanted, api = asked.run, Trigger.API
        return lifecycle.trigger(user, wanted.agent, asked.input, trigger=api, on_conflict=wanted.on_conflict)

    with telling_of(request, asked.documents):
        return answer_with_run(request, response, key, asked.mark, make)


@router.get("", response=RunList, openapi_extra={**refusals(503), "parameters": described(RunFilter)})
def list_runs(request: HttpRequest) -> dict[str, Any]:
    """List runs, newest first: your own, your team's with `whose=team`, everybody's for an operator.

    A search looks through ten thousand runs at a time: `searched_to` says how far it came,
    and `next_cursor` goes on from there, also from a page without runs.
    """
    filter = read_parameters(request, RunFilter)
    listed = access.listed_runs(signed_in(request), filter.whose, filter.user)
    with limited_reads():
        page = page_of(listed.runs, filter, now=timezone.now(), people=listed.people)
    cursors = {"next_cursor": page.next_cursor or None, "previous_cursor": page.previous_cursor or None}
    return {"runs": page.runs, **cursors, "searched_to": page.searched_to}


@router.get(
    "/{run_id}",
    response={200: RunShape, 304: None},
    openapi_extra={**refusals(404), "parameters": [*described(WaitParameters), IF_NONE_MATCH]},
)
def get_run(request: HttpRequest, response: HttpResponse, run_id: UUID) -> Status[AgentRun | None]:
    """Show one run, with its input and output; of another user's an operator sees those once it is opened."""
    user = signed_in(request)
    if seconds := seconds_asked(request):
        wait_for_end(request, response, run_id, seconds)
    if is_known(request, response, user, run_id):
        return Status(304, None)
    run = access.visible_run(user, run_id)
    response["ETag"] = etag_of(request, user, run)
    return Status(200, run)


@router.get(
    "/{run_id}/events",
    response=EventList,
    openapi_extra={**refusals(404), "parameters": described(EventParameters)},
)
def list_events(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Read a run's history, oldest first. `next_cursor` goes on from there, also when there was nothing new."""
    run = access.visible_run(signed_in(request), run_id)
    asked = read_parameters(request, EventParameters)
    following = access.visible_events(run).filter(id__gt=asked.after).select_related("actor").order_by("id")
    events = list(following[: asked.limit])
    return {"events": events, "next_cursor": str(Numbered(events[-1].pk if events else asked.after))}


@router.get("/{run_id}/compare/{other_id}", response=ComparisonShape, openapi_extra=refusals(404))
def compare_runs(request: HttpRequest, run_id: UUID, other_id: UUID) -> Comparison:
    """Compare a run with another of the same agent, value by value: the first is left, the other right."""
    user = signed_in(request)
    left, right = access.readable_run(user, run_id), access.readable_run(user, other_id)
    return compare(left, right, among=access.readable_runs(user))


@router.post("/{run_id}/open", response=OpeningShape, openapi_extra=refusals(400, 403, 404, 422, 503))
def open_run(request: HttpRequest, run_id: UUID, asked: OptionalOpening) -> Opening:
    """Open what is in another user's run to you, an operator, for an hour. Its owner is told, with your reason."""
    return access.open_run(signed_in(request), run_id, asked.reason)


@router.post("/{run_id}/cancel", response=RunShape, openapi_extra=refusals(400, 403, 404, 409, 503))
def cancel_run(request: HttpRequest, run_id: UUID, asked: OptionalStop) -> AgentRun:
    """Stop a run that has not started, or ask a running one to stop. Asking twice is harmless."""
    user = signed_in(request)
    run = lifecycle.cancel(access.run_to_change(user, run_id), by=user, reason=asked.reason)
    return access.shown_to(user, run)


@router.post("/{run_id}/force-stop", response=RunShape, openapi_extra=refusals(400, 403, 404, 409, 503))
def force_stop_run(request: HttpRequest, run_id: UUID, asked: OptionalStop) -> AgentRun:
    """End a run now, without waiting for its worker."""
    user = signed_in(request)
    run = lifecycle.force_stop(access.run_to_change(user, run_id), by=user, reason=asked.reason)
    return access.shown_to(user, run)


@router.post("/{run_id}/rerun", response=ONE_RUN, openapi_extra=making)
def rerun_run(
    request: HttpRequest, response: HttpResponse, run_id: UUID, asked: OptionalRerun, key: IdempotencyKey
) -> Status[AgentRun]:
    """Ask for the same thing again, for the same user, as a new run."""
    user = signed_in(request)

    def make() -> AgentRun:
        return lifecycle.rerun(access.run_to_change(user, run_id), by=user, on_conflict=asked.on_conflict)

    return answer_with_run(request, response, key, asked, make)


@router.post("/{run_id}/continue", response=ONE_RUN, openapi_extra=making)
def continue_run(
    request: HttpRequest, response: HttpResponse, run_id: UUID, asked: OptionalRerun, key: IdempotencyKey
) -> Status[AgentRun]:
    """Ask for the rest of a run that failed or was cancelled, as a new run that takes over what was finished.

    Refused where the agent's version, the policy, the input or the document have changed, or nothing was kept.
    """
    user = signed_in(request)

    def make() -> AgentRun:
        return lifecycle.continue_run(access.run_to_change(user, run_id), by=user, on_conflict=asked.on_conflict)

    return answer_with_run(request, response, key, asked, make)


@router.post("/{run_id}/adopt", response=ONE_RUN, openapi_extra=making)
def adopt_late_result(
    request: HttpRequest, response: HttpResponse, run_id: UUID, asked: OptionalAdoption, key: IdempotencyKey
) -> Status[AgentRun]:
    """Make a completed run of the result that came after this one had ended. No agent is run again."""
    user = signed_in(request)

    def make() -> AgentRun:
        return lifecycle.adopt(access.run_to_change(user, run_id), by=user, reason=asked.reason)

    return answer_with_run(request, response, key, asked, make)
