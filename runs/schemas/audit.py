"""What was done, as the audit keeps it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.models import AuditEntry
from runs.schemas.base import Moment


class AuditEntryShape(Schema):
    """One thing that was done; the fields are those of the exports."""

    sequence: int | None = Field(description="The place in the chain; null for about a second.")
    id: int
    at: Moment
    action: str = Field(description="A noun and what became of it: token.issued.")
    actor: UUID | None = Field(description="The id of who did it; null for the site itself, or nobody known.")
    actor_name: str = Field(description="Their name then.")
    subject_type: str
    subject_id: str
    address: str = Field(description="From where.")
    request_id: str
    token_prefix: str = Field(description="The beginning of the token it was done with.")
    details: dict[str, Any]
    previous: str = Field(description="The hash of the entry before.")
    hash: str = Field(description="SHA-256 of this entry and previous.")

    @staticmethod
    def resolve_actor(entry: AuditEntry) -> UUID | None:
        return entry.actor_id


class AuditList(Schema):
    entries: list[AuditEntryShape]
    next_cursor: str | None = Field(description="Leads to older entries; null on the last page.")
