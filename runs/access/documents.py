"""Documents: their owners', and those that a run brings before other eyes."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from runs.access.contents import readable_runs
from runs.access.runs import visible_runs
from runs.errors import NotFound, PayloadHidden
from runs.models import Document, User


def own_documents(user: User) -> QuerySet[Document]:
    """The documents ``user`` has uploaded, newest first."""
    return Document.objects.filter(owner=user)


def visible_document(user: User, document_id: UUID) -> Document:
    """A document ``user`` may see: an own one, one that a run of a team's works on, or any for an operator.

    Raises ``NotFound``.
    """
    documents = Document.objects.all()
    if not user.is_operator:
        runs = visible_runs(user).filter(document=OuterRef("pk"))
        documents = documents.filter(Q(owner=user) | Q(Exists(runs)))
    return _one(documents, document_id)


def own_document(user: User, document_id: UUID) -> Document:
    """One of the documents ``user`` has uploaded. Raises ``NotFound``."""
    return _one(own_documents(user), document_id)


def readable_document(user: User, document_id: UUID) -> Document:
    """A document whose content ``user`` may see: an own one, or that of a run whose content they may see.

    Raises ``NotFound`` and ``PayloadHidden``.
    """
    document = visible_document(user, document_id)
    if document.owner_id != user.pk and not readable_runs(user).filter(document=document).exists():
        raise PayloadHidden
    return document


def _one(documents: QuerySet[Document], document_id: UUID) -> Document:
    document = documents.filter(pk=document_id).first()
    if document is None:
        raise NotFound(f"Document ID: {document_id} not found")
    return document
