"""What all shapes share: moments, links, strictness."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from django.urls import reverse
from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, always with microseconds: ``2025-07-15T19:37:02.975197Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


Moment = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def link(context: Mapping[str, Any], name: str, *arguments: object) -> str:
    """The whole address of a page or an endpoint, as the request that is being answered sees the site."""
    address: str = context["request"].build_absolute_uri(reverse(name, args=arguments))
    return address


class Request(BaseModel):
    """Base of every body: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")
