"""Reading the parameters of a URL, and describing them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja.errors import ValidationError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic import ValidationError as Invalid

from runs.audit import AuditFilter
from runs.positions import Dated, Numbered, Position
from runs.storable import storable_text

LARGEST_ID = 2**63 - 1
LARGEST_VERSION = 2**31 - 1
LONGEST_CURSOR = 200


def _checked_by(parse: Callable[[str], object]) -> AfterValidator:
    """Refuses a cursor that no such list has given."""

    def check(cursor: str) -> str:
        if cursor:
            parse(cursor)
        return cursor

    return AfterValidator(check)


CURSOR = Field(max_length=LONGEST_CURSOR, description="The next_cursor of the page before; nothing for the first.")


def _day(value: str) -> str | None:
    """A number alone would be read as seconds since 1970."""
    if value.strip().lstrip("+-").isdecimal():
        raise ValueError("Write a day as 2026-11-24.")
    return value.strip() or None


Day = Annotated[date | None, BeforeValidator(_day)]


class DocumentParameters(BaseModel):
    """A page of the list of documents."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, CURSOR, _checked_by(Position.parse)] = ""


class DeliveryParameters(DocumentParameters):
    """A page of what a webhook was told."""


class VersionParameters(BaseModel):
    """A page of the list of a policy's versions."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, CURSOR, _checked_by(Numbered.parse)] = ""

    @property
    def before(self) -> int | None:
        """The version that the page before has ended with."""
        return Numbered.parse(self.cursor).number if self.cursor else None


def _or_none(value: str) -> str | None:
    """In a URL, nothing is an empty text."""
    return value or None


NumberOrNone = Annotated[int | None, BeforeValidator(_or_none)]
IdOrNone = Annotated[UUID | None, BeforeValidator(_or_none)]


class PublishParameters(BaseModel):
    """What goes with the text of a policy."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field("", max_length=500, description="What has changed and why.")
    based_on: NumberOrNone = Field(
        None,
        ge=0,
        le=LARGEST_VERSION,
        description="The version the text was written from, 0 for a new policy: refused when another came after it.",
    )
    accept_changes: bool = Field(
        False,
        description="Publish also what changes golden documents: without it that is refused, and they are named.",
    )


class WhatIfParameters(BaseModel):
    """Which runs a policy is held against."""

    model_config = ConfigDict(extra="forbid")

    last: int = Field(100, ge=1, le=500, description="How many of the last runs.")


class TrialParameters(BaseModel):
    """What a policy is tried on."""

    model_config = ConfigDict(extra="forbid")

    document: IdOrNone = Field(None, description="One of your documents; the sample contract where left out.")


class ChangeParameters(BaseModel):
    """Which versions of a policy are compared."""

    model_config = ConfigDict(extra="forbid")

    before: NumberOrNone = Field(
        None, alias="from", ge=1, le=LARGEST_VERSION, description="The one before the other, where left out."
    )
    after: NumberOrNone = Field(None, alias="to", ge=1, le=LARGEST_VERSION, description="The latest, where left out.")


class AuditParameters(BaseModel):
    """A page of the audit, and what it is narrowed to: as the page has it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    actor: str = Field("", max_length=200, description="The name of who did it.")
    action: str = Field("", max_length=200, description="What was done: run.triggered, or run for all that begin so.")
    subject: str = Field("", max_length=200, description="What it was done to: run:<id>, or an id alone.")
    text: str = Field("", max_length=200, description="In the details or the name; or an address, or a request's id.")
    since: Day = Field(None, description="On this day (UTC) or later.")
    until: Day = Field(None, description="On this day (UTC) or earlier.")
    cursor: Annotated[str, CURSOR, _checked_by(Dated.parse)] = ""

    @property
    def filter(self) -> AuditFilter:
        return AuditFilter(**self.model_dump(exclude={"cursor"}))


class EventParameters(BaseModel):
    """Where to read on in a run's history, and how far."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, CURSOR, _checked_by(Numbered.parse)] = ""
    limit: int = Field(200, ge=1, le=1000)

    @property
    def after(self) -> int:
        """The last event that has been read."""
        return Numbered.parse(self.cursor).number if self.cursor else 0


ParametersT = TypeVar("ParametersT", bound=BaseModel)


def read_parameters(request: HttpRequest, model: type[ParametersT]) -> ParametersT:
    """The request's parameters as ``model`` has them. Unknown ones are refused with the faulty."""
    given = {name: storable_text(str(value)) for name, value in request.GET.items()}
    try:
        return model.model_validate(given)
    except Invalid as invalid:
        errors = invalid.errors(include_url=False)
        raise ValidationError([{**error, "loc": ("query", *error["loc"])} for error in errors]) from None


def described(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters of ``model`` as OpenAPI lists them."""
    properties = model.model_json_schema()["properties"]
    return [
        {"in": "query", "name": name, "required": False, "schema": _as_text(schema)}
        for name, schema in properties.items()
    ]


def _as_text(schema: dict[str, Any]) -> dict[str, Any]:
    """In a URL, nothing is an empty text."""
    kinds = [{"const": ""} if kind == {"type": "null"} else kind for kind in schema.get("anyOf", [])]
    without_default = {name: value for name, value in schema.items() if value is not None}
    return {**without_default, "anyOf": kinds} if kinds else schema
