"""Uploaded files."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


def storage_name(document: Document, filename: str) -> str:
    """Where the content lies in the storage: by owner and content, never by the name given."""
    return f"documents/{document.owner_id}/{document.sha256}"


class Document(models.Model):
    """A file of one user's, known by the SHA-256 of its content.

    Uploading the same content again gives the same document. ``media_type`` is what
    the content is, whatever its name says. Made by ``uploads.keep`` only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=255, help_text="The file's name when it was first uploaded.")
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    size = models.PositiveBigIntegerField(editable=False, help_text="In bytes.")
    media_type = models.CharField(max_length=100, editable=False)
    file = models.FileField(upload_to=storage_name, max_length=200, editable=False)
    facts = models.JSONField(
        null=True, editable=False, help_text="What a quick look found, as runs.preflight writes it; empty before one."
    )
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["-uploaded_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="document_once_per_owner"),
        ]
        indexes: ClassVar = [
            # "My documents, newest first": the choices of the trigger form and the API's list.
            models.Index(fields=["owner", "-uploaded_at", "-id"], name="document_of_owner"),
        ]

    def __str__(self) -> str:
        return self.name
