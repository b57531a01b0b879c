"""Reading lists of runs: the same filters, in the same words, for the page and the API.

Pages are found by key, not by counting, so that the hundredth costs what the first
does; the columns that hold documents' worth of JSON are never loaded; what no index
can find is looked for in a bounded number of runs at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery
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
SEARCHED_AT_ONCE: Final = 5_000
"""How many runs are looked through for a text before the reader is asked whether to go on."""


class RunFilter(BaseModel):
    """What a list is narrowed to. Its fields are the names of the URL's parameters."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    agent: str = ""
    status: Literal["", "active", "waiting", "pending", "running", "completed", "failed", "cancelled"] = ""
    period: Literal["", "hour", "day", "week", "month"] = ""
    since: date | None = Field(None, description="Triggered on this day (UTC) or later.")
    until: date | None = Field(None, description="Triggered on this day (UTC) or earlier.")
    user: str = Field("", max_length=150, description="The name of whose runs, for operators.")
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
        runs = self._by_place(runs, now)
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

    def _by_place(self, runs: QuerySet[AgentRun], now: datetime) -> QuerySet[AgentRun]:
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

    def end_of_search(self, runs: QuerySet[AgentRun], now: datetime) -> Position | None:
        """Where a search that goes on from the cursor stops; None where it reaches the oldest run.

        It is counted in runs, whatever else they are narrowed by, along the index that orders them.
        """
        placed = _beyond(self._by_place(runs, now), self.position).order_by("-created_at", "-id")
        last = placed.values_list("created_at", "id")[SEARCHED_AT_ONCE - 1 : SEARCHED_AT_ONCE]
        return next((Position(*place) for place in last), None)

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


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of a list, newest first.

    ``next_cursor`` leads to what is older, ``previous_cursor`` to what is newer; each is empty
    where there is nothing. ``searched_to`` is set where a search has stopped before the
    oldest run: ``next_cursor`` then goes on from there, also from a page without runs.
    """

    runs: list[AgentRun]
    next_cursor: str
    previous_cursor: str = ""
    searched_to: datetime | None = None


def page_of(runs: QuerySet[AgentRun], filter: RunFilter, *, now: datetime, size: int = 25) -> RunPage:
    """The page of ``runs`` that ``filter`` names, newest first."""
    position = filter.position
    if position is not None and position.leads_to_newer:
        page = _newer_page(runs, filter, position, now=now, size=size)
        if page is not None:
            return page
        # The newest page is shown whole, with what has come since, instead of a piece of it.
        filter = filter.model_copy(update={"cursor": ""})
    if filter.is_searched:
        return _searched_page(runs, filter, now=now, size=size)
    found = _read(_beyond(filter.narrow(runs, now), filter.position), size)
    return RunPage(found[:size], _cursor(found[:size], -1) if found[size:] else "", _newer_than(found, filter))


def _searched_page(runs: QuerySet[AgentRun], filter: RunFilter, *, now: datetime, size: int) -> RunPage:
    end = filter.end_of_search(runs, now)
    narrowed = _beyond(filter.narrow(runs, now), filter.position)
    within = (narrowed if end is None else end.and_newer(narrowed)).order_by("-created_at", "-id")
    ids = within.values("pk")[: size + 1]
    if not filter.cursor and len(filter.text.replace("-", "")) >= SHOWN_OF_ID:
        # An id is found however old its run is: the primary key knows it.
        named = filter.model_copy(update={"text": ""}).narrow(runs, now).filter(begins_with(filter.text))
        ids = ids.union(named.values("pk")[: size + 1])
    # First which ones, once, then the rows: the planner expects one hit, and would else look anew for each row.
    found = _read(runs.filter(IsAmong(F("pk"), ArraySubquery(ids))), size)
    newer = _newer_than(found, filter)
    if found[size:]:
        return RunPage(found[:size], _cursor(found[:size], -1), newer)
    if end is None:
        return RunPage(found, "", newer)
    return RunPage(found, str(end), newer, searched_to=end.created_at)


class IsAmong(Func):
    """Whether a column is one of an array's; a subquery that makes the array is carried out once."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


def _newer_page(
    runs: QuerySet[AgentRun], filter: RunFilter, position: Position, *, now: datetime, size: int
) -> RunPage | None:
    """The page before ``position``; None where that is the first."""
    if filter.is_searched:
        return None
    newer = position.strictly_newer(filter.narrow(runs, now)).order_by("created_at", "id")
    found = _with_names(newer)[: size + 1]
    shown = list(reversed(found[:size]))
    if len(found) <= size:
        return None
    return RunPage(shown, _cursor(shown, -1), _cursor(shown, 0, leads_to_newer=True))


def _beyond(runs: QuerySet[AgentRun], position: Position | None) -> QuerySet[AgentRun]:
    return runs if position is None else position.strictly_older(runs)


def _read(runs: QuerySet[AgentRun], size: int) -> list[AgentRun]:
    return list(_with_names(runs.order_by("-created_at", "-id"))[: size + 1])


def _with_names(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    return runs.select_related("document", "user").defer(*PAYLOAD_COLUMNS)


def _newer_than(found: list[AgentRun], filter: RunFilter) -> str:
    """Where newer runs are. A search is only followed back to its beginning."""
    return _cursor(found, 0, leads_to_newer=True) if found and filter.cursor and not filter.is_searched else ""


def _cursor(runs: list[AgentRun], index: int, *, leads_to_newer: bool = False) -> str:
    return str(Position(runs[index].created_at, runs[index].pk, leads_to_newer))
