"""Schedules: asked for, changed, in a list, and whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Schema
from pydantic import Field

from runs.lifecycle import OnConflict
from runs.models import Schedule
from runs.schedules import NotATime, Rhythm
from runs.schemas.base import Moment, Request, link
from runs.schemas.documents import DocumentBrief
from runs.schemas.runs import RunBrief

NEXT_TIMES = 3
ON_CONFLICT = (
    "While another run of yours is active: reject leaves this time out, wait takes the waiting seat, replace asks "
    "the other to stop."
)


class ScheduleRequest(Request):
    """A schedule to be made."""

    name: str = Field(min_length=1, max_length=60, description="To tell it by.")
    agent: str = Field(description="The agent's name, as in the list of agents.")
    input: dict[str, Any] = Field({}, description="What the agent's input_schema asks for.")
    cron: str = Field(max_length=100, description="Minute, hour, day of month, month, day of week: `0 9 * * MON-FRI`.")
    time_zone: str = Field("UTC", max_length=64, description="By whose clocks: an IANA name, as Europe/Berlin.")
    on_conflict: OnConflict = Field("reject", description=ON_CONFLICT)


class ScheduleChange(Request):
    """What shall be different about a schedule; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=60)
    input: dict[str, Any] | None = None
    cron: str | None = Field(None, max_length=100)
    time_zone: str | None = Field(None, max_length=64)
    on_conflict: OnConflict | None = None


class ScheduleRefusal(Schema):
    """Why no run came of the last time."""

    code: str
    sentence: str
    at: Moment


class ScheduleBrief(Schema):
    """A schedule as a line of a list."""

    id: UUID
    url: str
    page_url: str = Field(description="The schedule's page, for people.")
    name: str
    agent: str
    document: DocumentBrief | None
    cron: str
    time_zone: str
    words: str = Field(description="The same in plain language.")
    on_conflict: OnConflict
    next_run_at: Moment | None = Field(description="null while it is paused.")
    next_times: list[Moment] = Field(description="The next three; none while it is paused.")
    paused_at: Moment | None
    paused_reason: str = Field(description="Why, where somebody said so or it has paused itself.")
    last_triggered_at: Moment | None
    last_run: RunBrief | None
    last_refusal: ScheduleRefusal | None = Field(description="null where the last time brought a run.")
    refusal_count: int = Field(description="How many times in a row brought no run.")
    fault: str | None = Field(description="Why a run would be refused, as last checked; null where none would be.")
    checked_at: Moment | None
    created_at: Moment

    @staticmethod
    def resolve_url(schedule: Schedule, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_schedule", schedule.pk)

    @staticmethod
    def resolve_page_url(schedule: Schedule, context: Mapping[str, Any]) -> str:
        return link(context, "schedule", schedule.pk)

    @staticmethod
    def resolve_words(schedule: Schedule) -> str:
        try:
            return Rhythm.parse(schedule.cron, schedule.time_zone).words
        except NotATime:
            return ""

    @staticmethod
    def resolve_next_times(schedule: Schedule) -> list[datetime]:
        first = schedule.next_run_at
        if first is None:
            return []
        rhythm = Rhythm(schedule.cron, schedule.time_zone)
        return [first, *rhythm.following(max(first, timezone.now()), NEXT_TIMES - 1)]

    @staticmethod
    def resolve_last_refusal(schedule: Schedule) -> dict[str, Any] | None:
        if not schedule.last_refusal:
            return None
        code, at = schedule.last_refusal_code, schedule.last_refused_at
        return {"code": code, "sentence": schedule.last_refusal, "at": at}

    @staticmethod
    def resolve_fault(schedule: Schedule) -> str | None:
        return schedule.fault or None


class ScheduleShape(ScheduleBrief):
    """A schedule with its input."""

    input: dict[str, Any]


class ScheduleList(Schema):
    schedules: list[ScheduleBrief]
