"""Uploaded files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.documents import READABLE_KINDS
from runs.models import Document
from runs.schemas.base import Moment, link


class DocumentBrief(Schema):
    """A document, where something else is shown."""

    id: UUID
    name: str
    url: str

    @staticmethod
    def resolve_url(document: Document, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_document", document.pk)


class DocumentShape(DocumentBrief):
    """An uploaded file."""

    sha256: str
    size: int = Field(description="In bytes.")
    media_type: str = Field(description="What the content is, whatever its name says.")
    kind: str = Field(description="The same in a word for people.")
    uploaded_at: Moment
    content_url: str

    @staticmethod
    def resolve_kind(document: Document) -> str:
        return READABLE_KINDS.get(document.media_type, document.media_type)

    @staticmethod
    def resolve_content_url(document: Document, context: Mapping[str, Any]) -> str:
        return link(context, "api:get_document_content", document.pk)


class DocumentList(Schema):
    documents: list[DocumentShape]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last.")
