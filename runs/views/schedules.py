"""Schedules: the list of mine, one of them, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from runs import access, schedules
from runs.agents import AGENTS
from runs.errors import AgentSiteError, AlreadyRunning, SeatTaken
from runs.filters import PAYLOAD_COLUMNS
from runs.models import AgentRun, Schedule, Trigger
from runs.schedules import NotATime, Rhythm
from runs.templatetags.looks import agent_label
from runs.views.requests import PageRequest

NEXT_TIMES = 3
LATEST_RUNS = 10


@dataclass(frozen=True, slots=True)
class Times:
    """When a schedule comes round, in words, and the next times; or why it never does."""

    words: str
    time_zone: str
    following: list[datetime]
    complaint: str = ""

    @classmethod
    def of(cls, cron: str, time_zone: str) -> Times:
        """Whatever was typed. Nothing is said of what is still empty."""
        try:
            rhythm = Rhythm.parse(cron, time_zone)
        except NotATime as error:
            return cls("", time_zone, [], str(error) if cron.strip() else "")
        following = rhythm.following(timezone.now(), NEXT_TIMES)
        return cls(rhythm.words, time_zone, following, "" if following else "There is no such day.")


class ShownSchedule:
    """A schedule as the pages show it."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.times = Times.of(schedule.cron, schedule.time_zone)
        self.agent = AGENTS.get(schedule.agent)

    @property
    def fault(self) -> str:
        """Why a run would be refused, as last checked; that of an agent that is gone is seen at once."""
        return self.schedule.fault or ("" if self.agent else f"There is no agent {agent_label(self.schedule.agent)}.")


@require_safe
def schedules_list(request: PageRequest) -> HttpResponse:
    """All of mine."""
    shown = [ShownSchedule(each) for each in schedules.own(request.user)]
    return render(request, "schedules.html", {"shown_schedules": shown})


@require_safe
def schedule(request: PageRequest, schedule_id: UUID) -> HttpResponse:
    """One of mine: when, what for, how it went, and whether it could run today."""
    return _page(request, access.own_schedule(request.user, schedule_id))


@require_safe
def schedule_times(request: PageRequest) -> HttpResponse:
    """What has been typed so far, in words."""
    times = Times.of(request.GET.get("cron", ""), request.GET.get("time_zone", "UTC"))
    return render(request, "_schedule_times.html", {"times": times})


@require_POST
def schedule_pause(request: PageRequest, schedule_id: UUID) -> HttpResponse:
    """Trigger nothing more for now."""
    schedules.pause(access.own_schedule(request.user, schedule_id), by=request.user)
    return redirect("schedule", schedule_id)


@require_POST
def schedule_resume(request: PageRequest, schedule_id: UUID) -> HttpResponse:
    """Go on from the next time on."""
    schedules.resume(access.own_schedule(request.user, schedule_id), by=request.user)
    return redirect("schedule", schedule_id)


@require_POST
def schedule_delete(request: PageRequest, schedule_id: UUID) -> HttpResponse:
    """Let it go; its runs stay."""
    found = access.own_schedule(request.user, schedule_id)
    schedules.delete(found)
    messages.success(request, f"The schedule “{found.name}” is deleted. Its runs are still there.")
    return redirect("schedules")


@require_POST
def schedule_run(request: PageRequest, schedule_id: UUID) -> HttpResponse:
    """A run of it at once."""
    found = access.own_schedule(request.user, schedule_id)
    try:
        run = schedules.run_now(found, trigger=Trigger.DASHBOARD)
    except AgentSiteError as refusal:
        return _page(request, found, refusal=refusal, status=refusal.status)
    return redirect("run", run.pk)


def _page(
    request: PageRequest, found: Schedule, *, refusal: AgentSiteError | None = None, status: int = 200
) -> HttpResponse:
    found.fault = schedules.check(found)
    latest = AgentRun.objects.filter(schedule=found).select_related("document").defer(*PAYLOAD_COLUMNS)
    context: dict[str, Any] = {
        "shown": ShownSchedule(found),
        "schedule": found,
        "runs": list(latest.order_by("-created_at", "-id")[:LATEST_RUNS]),
        "refusal": refusal,
        "run_in_the_way": _in_the_way(refusal),
    }
    return render(request, "schedule.html", context, status=status)


def _in_the_way(refusal: AgentSiteError | None) -> AgentRun | None:
    match refusal:
        case AlreadyRunning():
            return refusal.active_run
        case SeatTaken():
            return refusal.waiting_run
        case _:
            return None
