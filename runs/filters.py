"""Reading lists of runs: the same filters, in the same words, for the page and the API.

Pages are found by key, not by counting, so that the hundredth costs what the first
does; the columns that hold documents' worth of JSON are never loaded.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from runs import agents
from runs.errors import InvalidInput
from runs.models import AgentRun, Status
from runs.models.run import ACTIVE
from runs.storable import storable_text

BEGINNING_OF_ID = re.compile(r"[0-9a-f]{1,32}")
PAYLOAD_COLUMNS = ("input", "output", "traceback")
PERIODS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}


class RunFilter(BaseModel):
    """What a list is narrowed to. Its fields are the names of the URL's parameters."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    agent: str = ""
    status: Literal["", "active", "waiting", "pending", "running", "completed", "failed", "cancelled"] = ""
    period: Literal["", "hour", "day", "week", "month"] = ""
    text: str = Field("", max_length=100)
    cursor: str = Field("", max_length=200)

    @field_validator("agent")
    @classmethod
    def _known_agent(cls, name: str) -> str:
        if name and name not in agents.AGENTS:
            raise ValueError(f"There is no agent named {name!r}.")
        return name

    @field_validator("text", mode="before")
    @classmethod
    def _storable_text(cls, text: object) -> object:
        return storable_text(text) if isinstance(text, str) else text

    @field_validator("cursor")
    @classmethod
    def _whole_cursor(cls, cursor: str) -> str:
        if cursor:
            Position.parse(cursor)
        return cursor

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
        return bool(self.agent or self.status or self.period or self.text)

    def narrow(self, runs: QuerySet[AgentRun], now: datetime) -> QuerySet[AgentRun]:
        """``runs`` without those that do not fit."""
        if self.agent:
            runs = runs.filter(agent=self.agent)
        if self.status:
            runs = runs.filter(status__in=ACTIVE if self.status == "active" else (Status(self.status),))
        if self.period:
            runs = runs.filter(created_at__gte=now - PERIODS[self.period])
        if self.text:
            runs = runs.filter(_mentions(self.text))
        return runs


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
class Position:
    """A place in a list that is ordered by creation, newest first."""

    created_at: datetime
    id: UUID

    @classmethod
    def parse(cls, cursor: str) -> Position:
        """Read an opaque cursor. Raises ``ValueError``."""
        try:
            micros, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
            return cls(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros)), UUID(key))
        except (ValueError, OverflowError, binascii.Error):
            raise ValueError("This cursor does not come from a list.") from None

    def __str__(self) -> str:
        micros = (self.created_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(f"{micros}:{self.id}".encode()).decode()


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of a list; ``next_cursor`` is empty on the last one."""

    runs: list[AgentRun]
    next_cursor: str


def page_of(runs: QuerySet[AgentRun], filter: RunFilter, *, now: datetime, size: int = 25) -> RunPage:
    """The page of ``runs`` that ``filter`` names, newest first."""
    narrowed = filter.narrow(runs, now).order_by("-created_at", "-id")
    if filter.cursor:
        position = Position.parse(filter.cursor)
        narrowed = narrowed.filter(
            Q(created_at__lt=position.created_at) | Q(created_at=position.created_at, id__lt=position.id)
        )
    found = list(narrowed.select_related("document", "user").defer(*PAYLOAD_COLUMNS)[: size + 1])
    rest = found[size:]
    return RunPage(found[:size], str(Position(found[size - 1].created_at, found[size - 1].id)) if rest else "")
