"""``/api/v1/schedules``: runs that come back.

A schedule shows what it runs with: changing one takes a token that may read runs, too.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from runs import access, schedules
from runs.api.authentication import caller_of, signed_in
from runs.api.problems import refusals
from runs.models import AgentRun, Schedule, Trigger
from runs.schedules import Wish
from runs.schemas import RunShape, ScheduleChange, ScheduleList, ScheduleRequest, ScheduleShape, link

router = Router(tags=["schedules"])

WISHED = ("name", "agent", "input", "cron", "time_zone", "on_conflict")


@router.get("", response=ScheduleList, openapi_extra=refusals())
def list_schedules(request: HttpRequest) -> dict[str, Any]:
    """List your schedules by name: fifty at most."""
    return {"schedules": schedules.own(signed_in(request))}


@router.post("", response={201: ScheduleShape}, openapi_extra=refusals(400, 403, 404))
def create_schedule(request: HttpRequest, response: HttpResponse, asked: ScheduleRequest) -> Schedule:
    """Have an agent run with this input whenever its time comes."""
    made = schedules.create(signed_in(request), Wish(**asked.model_dump()))
    response["Location"] = link({"request": request}, "api:get_schedule", made.pk)
    return made


@router.get("/{schedule_id}", response=ScheduleShape, openapi_extra=refusals(404))
def get_schedule(request: HttpRequest, schedule_id: UUID) -> Schedule:
    """Show one schedule. Whether it could run is checked as it is shown."""
    found = access.own_schedule(signed_in(request), schedule_id)
    found.fault = schedules.check(found)
    return found


@router.patch("/{schedule_id}", response=ScheduleShape, openapi_extra=refusals(400, 403, 404))
def change_schedule(request: HttpRequest, schedule_id: UUID, asked: ScheduleChange) -> Schedule:
    """Change what is given of a schedule, and check it anew. One that is paused stays so."""
    found = access.own_schedule(access.who_may_read_too(caller_of(request)), schedule_id)
    given = {name: value for name, value in asked.model_dump().items() if value is not None}
    return schedules.change(found, Wish(**{**{name: getattr(found, name) for name in WISHED}, **given}))


@router.delete("/{schedule_id}", response={204: None}, openapi_extra=refusals(403, 404))
def delete_schedule(request: HttpRequest, schedule_id: UUID) -> None:
    """Let a schedule go. Its runs stay."""
    schedules.delete(access.own_schedule(signed_in(request), schedule_id))


@router.post("/{schedule_id}/pause", response=ScheduleShape, openapi_extra=refusals(403, 404))
def pause_schedule(request: HttpRequest, schedule_id: UUID) -> Schedule:
    """Trigger nothing more for now."""
    user = access.who_may_read_too(caller_of(request))
    return schedules.pause(access.own_schedule(user, schedule_id), by=user)


@router.post("/{schedule_id}/resume", response=ScheduleShape, openapi_extra=refusals(403, 404))
def resume_schedule(request: HttpRequest, schedule_id: UUID) -> Schedule:
    """Go on with a paused schedule from its next time on."""
    user = access.who_may_read_too(caller_of(request))
    return schedules.resume(access.own_schedule(user, schedule_id), by=user)


@router.post("/{schedule_id}/run", response={201: RunShape}, openapi_extra=refusals(403, 404, 409, 429, 503))
def run_schedule(request: HttpRequest, response: HttpResponse, schedule_id: UUID) -> AgentRun:
    """Trigger a run of it at once, besides its times."""
    user = signed_in(request)
    run = access.shown_to(user, schedules.run_now(access.own_schedule(user, schedule_id), trigger=Trigger.API))
    response["Location"] = link({"request": request}, "api:get_run", run.pk)
    return run
