"""The tokens scripts carry."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.models import Scope
from runs.schemas.base import Moment, Request
from runs.tokens import LONGEST_NAME, USUAL


class TokenRequest(Request):
    """A token to be made."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="What the token is for.")
    scopes: list[Scope] = Field(default=list(USUAL), description="What it may be used for.")
    expires_days: int | None = Field(None, ge=1, le=3650, description="Refused after so many days; null: never.")


class TokenShape(Schema):
    """A token, without its secret."""

    id: UUID
    name: str
    prefix: str = Field(description="The beginning of the secret, to tell it by.")
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None


class NewToken(TokenShape):
    """A token that has just been made."""

    secret: str = Field(description="Shown this once.")


class TokenList(Schema):
    tokens: list[TokenShape]
