"""Lists that somebody comes back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from ninja import Schema
from pydantic import Field

from runs.models import SavedView
from runs.saved_views import LONGEST_NAME, LONGEST_QUERY
from runs.schemas.base import Moment, Request, link


class SavedViewName(Request):
    """Another name."""

    name: str = Field(
        min_length=1, max_length=LONGEST_NAME, description="To tell it by; once.", examples=["Failed lately"]
    )


class SavedViewRequest(SavedViewName):
    """A list to be saved."""

    query: str = Field(
        min_length=1,
        max_length=LONGEST_QUERY,
        description="What the list of runs is narrowed to, as its parameters stand in a URL; a cursor is left out.",
        examples=["status=failed&period=week"],
    )


class SavedViewShape(Schema):
    """A list that is saved under a name."""

    id: int
    url: str
    runs_url: str = Field(description="The list of runs, narrowed by it.")
    page_url: str = Field(description="The same for people.")
    name: str
    query: str
    created_at: Moment

    @staticmethod
    def resolve_url(view: SavedView, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_saved_view", view.pk)

    @staticmethod
    def resolve_runs_url(view: SavedView, context: Mapping[str, Any]) -> str:
        return f"{link(context, 'api:list_runs')}?{view.query}"

    @staticmethod
    def resolve_page_url(view: SavedView, context: Mapping[str, Any]) -> str:
        return str(context["request"].build_absolute_uri(f"{reverse('runs')}?{view.query}"))


class SavedViewList(Schema):
    saved_views: list[SavedViewShape]
