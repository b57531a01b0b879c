"""``/api/v1/documents``: a user's uploaded files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import File, Router
from ninja.files import UploadedFile

from runs import access, audit, uploads
from runs.api import heads
from runs.api.authentication import signed_in
from runs.api.parameters import DocumentParameters, described, read_parameters
from runs.api.problems import refusals
from runs.documents import READABLE_KINDS
from runs.errors import NotFound
from runs.models import Document
from runs.positions import Position
from runs.schemas import DocumentList, DocumentShape, link

router = Router(tags=["documents"])

PAGE_SIZE = 50
FILE = {"schema": {"type": "string", "format": "binary"}}


@router.post("", response={201: DocumentShape}, openapi_extra=refusals())
def upload_document(request: HttpRequest, response: HttpResponse, file: File[UploadedFile]) -> Document:
    """Upload a file. The same content again gives the same document."""
    document = uploads.keep(file, signed_in(request))
    response["Location"] = link({"request": request}, "api:get_document", document.pk)
    return document


@router.get("", response=DocumentList, openapi_extra={**refusals(), "parameters": described(DocumentParameters)})
def list_documents(request: HttpRequest) -> dict[str, Any]:
    """List your documents, newest first."""
    documents, cursor = access.own_documents(signed_in(request)), read_parameters(request, DocumentParameters).cursor
    if cursor:
        last = Position.parse(cursor)
        documents = documents.filter(
            Q(uploaded_at__lt=last.created_at) | Q(uploaded_at=last.created_at, id__lt=last.id)
        )
    found = list(documents.order_by("-uploaded_at", "-id")[: PAGE_SIZE + 1])
    shown, rest = found[:PAGE_SIZE], found[PAGE_SIZE:]
    return {
        "documents": shown,
        "next_cursor": str(Position(shown[-1].uploaded_at, shown[-1].pk)) if rest else None,
    }


@router.get("/{document_id}", response=DocumentShape, openapi_extra=refusals(404))
def get_document(request: HttpRequest, document_id: UUID) -> Document:
    """Show one document."""
    return access.visible_document(signed_in(request), document_id)


@router.get(
    "/{document_id}/content",
    openapi_extra={
        "responses": {
            200: {"description": "The file", "content": dict.fromkeys(READABLE_KINDS, FILE)},
            **refusals()["responses"],
        }
    },
)
def get_document_content(request: HttpRequest, document_id: UUID) -> FileResponse:
    """Download the file. Never shown inside the site: an uploaded page must not act as one of ours."""
    document = access.readable_document(signed_in(request), document_id)
    try:
        content = document.file.open("rb")
    except FileNotFoundError:
        raise NotFound("The file of this document is gone.") from None
    if not heads.is_asked(request):
        audit.record("document.downloaded", subject=document, sha256=document.sha256, owner=document.owner_id)
    return FileResponse(
        content,
        as_attachment=True,
        filename=document.name,
        content_type=document.media_type,
        headers={"X-Content-Type-Options": "nosniff"},
    )


@router.delete("/{document_id}", response={204: None}, openapi_extra=refusals(409))
def delete_document(request: HttpRequest, document_id: UUID) -> None:
    """Remove one of your documents for good, as long as no run, saved input or schedule refers to it."""
    uploads.discard(access.own_document(signed_in(request), document_id))
