"""Where somebody is signed in."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.schemas.base import Moment


class SessionShape(Schema):
    """A browser that is signed in. What its cookie holds is not shown."""

    id: UUID = Field(validation_alias="reference")
    browser: str = Field(description="The browser and its system, as it says itself.", examples=["Firefox on Linux"])
    is_phone: bool
    is_current: bool = Field(description="Whether it is the one that asks.")
    started_at: Moment
    last_seen_at: Moment = Field(description="Noted every few minutes.")


class SessionList(Schema):
    sessions: list[SessionShape]


class EndedSessions(Schema):
    """How many browsers were signed out."""

    ended_count: int
