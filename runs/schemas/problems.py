"""Refusals under ``/api/v1/``."""

from __future__ import annotations

from collections.abc import Sequence

from ninja import Schema
from pydantic import ConfigDict, Field

from runs.schemas.documents import DocumentBrief
from runs.schemas.runs import ActiveRun


class FieldFault(Schema):
    """What is wrong with one field."""

    loc: list[str | int] = Field(description="The way to the field: body, query or path, then names and indexes.")
    msg: str
    type: str


class Problem(Schema):
    """A refusal, as RFC 9457 has it, with a code for programs."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A URI for this kind of problem: it leads to what /docs/problems says of the code.")
    title: str = Field(description="What the HTTP status says.")
    status: int
    detail: str = Field(description="What is wrong, in a sentence.")
    code: str = Field(description="What is wrong, for programs.")
    errors: Sequence[FieldFault] | None = Field(None, description="Of each field that is wrong.")
    active_run: ActiveRun | None = Field(None, description="With already_running: the run in the way.")
    waiting_run: ActiveRun | None = Field(None, description="With seat_taken: the run that waits already.")
    choices: list[str] | None = Field(None, description="What on_conflict may be to be let in.")
    documents: dict[str, DocumentBrief] | None = Field(
        None, description="With a refused form: what its files have become, by their fields' names. They are kept."
    )
    request_id: str = Field(description="By what the request is found in the log: tell it to whoever runs the site.")
