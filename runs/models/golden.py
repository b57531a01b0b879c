"""Verified results that later versions must still give."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from runs.models.run import AgentRun

LONGEST_NOTE = 200


class Golden(models.Model):
    """A completed run that was pinned: its input, document and policy, and the output they must still give.

    ``expected`` is the run's own output, or that of a later version to which an operator has said yes.
    What the last check found is kept beside it. Made and changed by ``runs.goldens`` only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.OneToOneField(AgentRun, on_delete=models.PROTECT, related_name="golden")
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, help_text="What makes it worth keeping.")
    pinned_at = models.DateTimeField(db_default=Now())
    pinned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    expected = models.JSONField()
    expected_version = models.CharField(max_length=32, help_text="The agent's version that gave it.")
    checked_at = models.DateTimeField(null=True)
    checked_version = models.CharField(max_length=32, blank=True)
    found = models.JSONField(null=True, help_text="What the last check was answered, where it was another output.")
    changes: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    change_count = models.PositiveIntegerField(default=0)
    fault = models.TextField(blank=True, help_text="Why the last check was not answered at all.")

    class Meta:
        ordering: ClassVar = ["-pinned_at", "-id"]

    def __str__(self) -> str:
        return f"golden {self.run_id}"

    @property
    def is_kept(self) -> bool:
        """Whether the last check found what is expected. True before the first."""
        return not (self.change_count or self.fault)
