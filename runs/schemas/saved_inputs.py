"""Inputs that are kept to be run on later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from ninja import Schema
from pydantic import Field

from runs.models import SavedInput
from runs.saved_inputs import LONGEST_NAME
from runs.schemas.base import Moment, Request, link
from runs.schemas.documents import DocumentBrief


class SavedInputName(Request):
    """Another name."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="To tell it by; once for each agent.")


class SavedInputRequest(Request):
    """An input to be kept."""

    name: str = Field(
        "",
        max_length=LONGEST_NAME,
        description="To tell it by; once for each agent. Without one it is a draft: of more than twenty the oldest "
        "go, and it is gone once somebody has made a run of it on its page.",
    )
    agent: str = Field(description="The agent's name, as in the list of agents.")
    input: dict[str, Any] = Field({}, description="What a run is to be given: checked when it is.")


class SavedInputBrief(Schema):
    """A saved input as a line of a list."""

    id: UUID
    url: str
    page_url: str = Field(description="The agent's page with this input in its form, for people.")
    agent: str
    name: str = Field(description="Empty for a draft.")
    document: DocumentBrief | None
    created_at: Moment

    @staticmethod
    def resolve_url(saved: SavedInput, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_saved_input", saved.pk)

    @staticmethod
    def resolve_page_url(saved: SavedInput, context: Mapping[str, Any]) -> str:
        path = f"{reverse('agent', args=[saved.agent])}?saved={saved.pk}"
        return str(context["request"].build_absolute_uri(path))


class SavedInputShape(SavedInputBrief):
    """The same with the input."""

    input: dict[str, Any]


class SavedInputList(Schema):
    saved_inputs: list[SavedInputBrief]
