"""That somebody passes a rule which a run's document has failed: why, and until when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from runs.models.run import AgentRun


class Waiver(models.Model):
    """A failed rule of one run that is passed until ``expires_at``. Made and ended by ``runs.waivers`` alone.

    The run's output stays as it is. ``clause`` stands for what the rule was failed by: a hash, so that the same
    clause is known again in a later run and its words are not kept twice. One that is ended stays as a record.
    """

    # The constraint below serves the foreign key too, but for ended ones; those go with their run.
    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="waivers")
    policy = models.CharField(max_length=64, help_text="The policy's name, whatever its version.")
    rule = models.CharField(max_length=64)
    title = models.CharField(max_length=200, help_text="The rule's, as it was.")
    clause = models.CharField(max_length=64, editable=False)
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    granted_at = models.DateTimeField(db_default=Now())
    proposed_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The waiver of an earlier run that has proposed this one.",
    )
    ended_at = models.DateTimeField(null=True, help_text="When it was taken back, or another took its place.")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            # However many click at once: one waiver for each rule of a run.
            models.UniqueConstraint(
                fields=["run", "rule"], condition=Q(ended_at__isnull=True), name="waiver_once_per_rule"
            ),
        ]
        indexes: ClassVar = [
            # "Has this clause been waived before?", for the open rules of a run.
            models.Index(
                fields=["policy", "rule", "clause"], condition=Q(ended_at__isnull=True), name="waiver_of_clause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} until {self.expires_at:%Y-%m-%d}"

    @property
    def has_expired(self) -> bool:
        """Whether its time is up: it counts no more, and is shown as expired."""
        return self.expires_at <= timezone.now()
