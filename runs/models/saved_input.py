"""Inputs that are kept to be run on later."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from runs.models.document import Document


class SavedInput(models.Model):
    """An input for one agent, kept by its user. Made by ``runs.saved_inputs`` only.

    One with a name is a preset, used again and again; one without is a draft, gone once
    it has become a run. ``input`` is what the form held, which need not fit the agent's
    ``Input``, today or ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_inputs")
    agent = models.CharField(max_length=64)
    name = models.CharField(max_length=60, blank=True, help_text="Empty for a draft.")
    input = models.JSONField(default=dict)
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="saved_inputs"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "agent", "name"],
                condition=~models.Q(name=""),
                name="saved_input_name_once_per_agent",
            ),
        ]
        indexes: ClassVar = [
            # "My saved inputs and drafts, newest first": an agent's page, home.
            models.Index(fields=["user", "-created_at", "-id"], name="saved_input_of_user"),
        ]

    def __str__(self) -> str:
        return self.name or "Draft"

    @property
    def is_draft(self) -> bool:
        """Whether it is gone once it has become a run."""
        return not self.name
