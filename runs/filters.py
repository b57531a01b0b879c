"""What a list of runs is narrowed to: the same filters, in the same words, for the page and the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runs import agents
from runs.errors import InvalidInput
from runs.models import AgentRun, Status, User
from runs.models.run import ACTIVE
from runs.positions import Position
from runs.storable import storable_text

BEGINNING_OF_ID = re.compile(r"[0-9a-f]{1,32}")
PAYLOAD_COLUMNS = ("input", "output", "traceback")
PERIODS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
SHOWN_OF_ID: Final = 8
"""How many characters of an id people see, and paste."""


class RunFilter(BaseModel):
    """What a list is narrowed to. Its fields are the names of the URL's parameters."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    agent: str = ""
    status: Literal["", "active", "waiting", "pending", "running", "completed", "failed", "cancelled"] = ""
    period: Literal["", "hour", "day", "week", "month"] = ""
    since: date | None = Field(None, description="Triggered on this day (UTC) or later.")
    until: date | None = Field(None, description="Triggered on this day (UTC) or earlier.")
    whose: Literal["", "mine", "team"] = Field(
        "",
        description="team: everybody's with whom you share a team, and your own. Without it, and without a user, "
        "your own; for an operator everybody's.",
    )
    user: str = Field("", max_length=150, description="The name of whose runs, of those that you may see.")
    document: UUID | None = Field(None, description="The id of the document the runs work on.")
    schedule: UUID | None = Field(None, description="The id of the schedule the runs came of.")
    trigger: Literal["", "dashboard", "api", "command", "schedule", "rerun", "adoption", "continuation"] = ""
    text: str = Field("", max_length=100, description="In a document's name or the outcome, or how an id begins.")
    cursor: str = Field("", max_length=200)

    @field_validator("since", "until", "document", "schedule", mode="before")
    @classmethod
    def _empty_is_nothing(cls, value: object) -> object:
        """A form sends its empty fields too."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("since", "until", mode="before")
    @classmethod
    def _written_as_a_day(cls, value: object) -> object:
        """A number alone would be read as seconds since 1970."""
        if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
            raise ValueError("Write a day as 2026-11-24.")
        return value

    @field_validator("agent")
    @classmethod
    def _known_agent(cls, name: str) -> str:
        if name and name not in agents.AGENTS:
            raise ValueError(f"There is no agent named {name!r}.")
        return name

    @field_validator("text", "user", mode="before")
    @classmethod
    def _storable_text(cls, text: object) -> object:
        return storable_text(text) if isinstance(text, str) else text

    @field_validator("cursor")
    @classmethod
    def _whole_cursor(cls, cursor: str) -> str:
        if cursor:
            Position.parse(cursor)
        return cursor

    @model_validator(mode="after")
    def _days_in_order(self) -> RunFilter:
        if self.since and self.until and self.since > self.until:
            raise ValueError("The first day is after the last.")
        return self

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> RunFilter:
        """Read URL parameters. Raises ``InvalidInput``."""
        try:
            return cls.model_validate(dict(parameters))
        except ValidationError as error:
            raise InvalidInput(error.errors(include_url=False)) from None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the page is chosen."""
        return bool(self.query(cursor=""))

    @property
    def is_searched(self) -> bool:
        """Whether runs have to be looked at one by one, for no index knows what is asked for."""
        return bool(self.text or self.trigger)

    def query(self, **changes: str) -> str:
        """The filter as a URL's query, with ``changes``; what is not chosen is left out."""
        values = {**self.model_dump(mode="json"), **changes}
        return urlencode({name: value for name, value in values.items() if value})

    def narrow(self, runs: QuerySet[AgentRun], now: datetime) -> QuerySet[AgentRun]:
        """``runs`` without those that do not fit."""
        runs = self.by_place(runs, now)
        if self.agent:
            runs = runs.filter(agent=self.agent)
        if self.status:
            runs = runs.filter(status__in=ACTIVE if self.status == "active" else (Status(self.status),))
        if self.document:
            runs = runs.filter(document=self.document)
        if self.schedule:
            runs = runs.filter(schedule=self.schedule)
        if self.trigger:
            runs = runs.filter(trigger=self.trigger)
        if self.text:
            runs = runs.filter(_mentions(self.text))
        return runs

    def by_place(self, runs: QuerySet[AgentRun], now: datetime) -> QuerySet[AgentRun]:
        """By what the list is ordered by: whose the runs are, and when they were triggered."""
        if self.user:
            runs = runs.filter(user=Subquery(User.objects.filter(username=self.user).values("pk")[:1]))
        if self.period:
            runs = runs.filter(created_at__gte=now - PERIODS[self.period])
        if self.since:
            runs = runs.filter(created_at__gte=_beginning_of(self.since))
        if self.until:
            runs = runs.filter(created_at__lte=_end_of(self.until))
        return runs

    @property
    def is_about_one(self) -> bool:
        """Whether it is for the runs of one user, document or schedule, which an index has in order."""
        return bool(self.user or self.document or self.schedule)

    @property
    def position(self) -> Position | None:
        return Position.parse(self.cursor) if self.cursor else None


def _beginning_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _end_of(day: date) -> datetime:
    """Its last microsecond: the last day there is has no next."""
    return datetime.combine(day, time.max, UTC)


def _mentions(text: str) -> Q:
    """A document's name, the outcome's words, or the beginning of an id."""
    words = Q(document__name__icontains=text) | Q(summary__icontains=text) | Q(error__icontains=text)
    return words | begins_with(text)


def begins_with(text: str) -> Q:
    """Runs whose id begins so, with or without hyphens; none for what no id begins with.

    A range of ids, so that the primary key's index finds them.
    """
    beginning = text.strip().lower().replace("-", "")
    if not BEGINNING_OF_ID.fullmatch(beginning):
        return Q(pk__in=())
    return Q(pk__range=(UUID(beginning.ljust(32, "0")), UUID(beginning.ljust(32, "f"))))
