"""Break glass: that an operator looks into somebody else's run, why, and until when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from runs.models.run import AgentRun


class Opening(models.Model):
    """One operator's look at what is in one run, made by ``runs.lifecycle.open_content``."""

    # The index below serves the foreign key too.
    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="openings", db_index=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=200)
    opened_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # Whether a run, or one of a document's runs, is open to an operator; the last opening of a run.
            models.Index(fields=["run", "-id"], name="opening_of_run"),
            # What an operator has open: comparing with earlier runs; and letting go of a deleted user.
            models.Index(fields=["operator", "-until"], name="opening_of_operator"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} until {self.until:%Y-%m-%d %H:%M}"
