"""Who asks, and what they may."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.models import Scope, Team, User
from runs.schemas.base import Moment
from runs.schemas.runs import RunLine


class AllowanceShape(Schema):
    """How often runs may be asked for, and what is left. Limits are null where there is none."""

    runs_a_minute: int | None = Field(examples=[30])
    runs_a_day: int | None = Field(examples=[200])
    left_today: int | None = Field(examples=[187])
    day_ends_at: Moment


class MemberShape(Schema):
    """Somebody whose runs you may see."""

    id: UUID = Field(description="The user_id of their runs.")
    username: str = Field(description="What the list of runs takes as user.", examples=["bob"])


class TeamShape(Schema):
    """People who see each other's runs."""

    name: str = Field(examples=["Accounts"])
    members: list[MemberShape] = Field(description="By name; you are among them.")

    @staticmethod
    def resolve_name(team: Team) -> str:
        return team.group.name

    @staticmethod
    def resolve_members(team: Team) -> list[User]:
        return list(team.group.user_set.all())


class Me(Schema):
    """Whoever asks, and what the way they ask in lets them do."""

    id: UUID
    username: str = Field(examples=["alice"])
    is_operator: bool = Field(description="With a token, only where it has the scope operate.")
    teams: list[TeamShape] = Field(description="Those you are in.")
    active_run_limit: int = Field(description="How many runs may be active at once.", examples=[1])
    allowance: AllowanceShape
    largest_document_bytes: int = Field(examples=[26_214_400])
    active_runs: list[RunLine] = Field(description="What takes the slots at the moment, oldest first.")
    waiting_run: RunLine | None = Field(description="What sits in the waiting seat.")
    scopes: list[Scope] = Field(description="Of the token; all of them for a browser's session.")
