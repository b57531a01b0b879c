"""Giving a document back, as it came."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse
from django.views.decorators.http import require_safe

from runs import access, audit
from runs.errors import NotFound
from runs.limits import permitted_agent
from runs.views.requests import PageRequest


@require_safe
def document(request: PageRequest, document_id: UUID) -> FileResponse:
    """A document's content, to be saved: it is never opened on this site."""
    found = access.readable_document(request.user, document_id)
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise NotFound("The content of this document is no longer there.") from None
    audit.record("document.downloaded", subject=found, sha256=found.sha256, owner=found.owner_id)
    return _attachment(FileResponse(content, as_attachment=True, filename=found.name, content_type=found.media_type))


@require_safe
def agent_sample(request: PageRequest, name: str) -> FileResponse:
    """The document an agent works on when it is given none."""
    sample = permitted_agent(request.user, name).sample
    if sample is None:
        raise NotFound("This agent has no sample.")
    return _attachment(FileResponse(sample.open("rb"), as_attachment=True, filename=sample.name))


def _attachment(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    return response
