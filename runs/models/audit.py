"""Who did what, from where, so that it can not be denied later."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from runs.models.run import ClockTimestamp


class AuditEntry(models.Model):
    """One thing that was done, written by ``runs.audit.record`` in the transaction that did it.

    Triggers of the database refuse to change, delete or empty these rows; the one change they
    allow is to give an entry, once, its place in the chain (``sequence``, ``previous``, ``hash``),
    which ``runs.audit.seal`` does about a second later.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)
    action = models.CharField(max_length=64, help_text="What was done: run.triggered, token.issued and the like.")
    # No constraint, and left alone when the user is deleted: the row can not be changed.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    actor_name = models.CharField(max_length=150, blank=True, help_text="Kept when the user is deleted.")
    subject_type = models.CharField(max_length=32, blank=True)
    subject_id = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    token_prefix = models.CharField("token", max_length=32, blank=True)
    details = models.JSONField(default=dict)

    sequence = models.BigIntegerField(null=True, unique=True, editable=False, help_text="The place in the chain.")
    previous = models.CharField(max_length=64, blank=True, editable=False, help_text="The hash of the entry before.")
    hash = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of this entry and previous.")

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            # The audit page, newest first, and its periods.
            models.Index(F("at"), F("id"), name="audit_at"),
            # The audit page of one actor.
            models.Index(F("actor"), F("at"), F("id"), name="audit_of_actor"),
            # The audit page of one run, user or token.
            models.Index(F("subject_type"), F("subject_id"), F("at"), F("id"), name="audit_of_subject"),
            # What is to be sealed: asked every second, and nearly always empty.
            models.Index(F("id"), name="audit_unsealed", condition=Q(sequence__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()

    @property
    def subject(self) -> str:
        """What it was done to, as ``type:id``."""
        return f"{self.subject_type}:{self.subject_id}" if self.subject_type else self.subject_id
