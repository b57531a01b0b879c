"""Runs that come back: an agent, its input, and when."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from runs.models.document import Document


class Overlap(models.TextChoices):
    """What becomes of a scheduled run while another of the user's is active, as for any trigger."""

    REJECT = "reject", "Leave this time out"
    WAIT = "wait", "Wait in the seat until the other has ended"
    REPLACE = "replace", "Ask the other to stop and run then"


class Schedule(models.Model):
    """A user's "run this agent with this input every …". Written by ``runs.schedules`` only.

    ``next_run_at`` is the truth about when: whoever triggers for that time moves it on in the
    same transaction. It is empty exactly while the schedule is paused. ``input`` is what the
    form held, so that defaults are the agent's of the day; ``document`` is the one it names.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The index schedule_of_user serves the foreign key too.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="schedules", db_index=False
    )
    name = models.CharField(max_length=60)
    agent = models.CharField(max_length=64)
    input = models.JSONField(default=dict)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="schedules")
    cron = models.CharField(max_length=100, help_text="Minute, hour, day of month, month, day of week.")
    time_zone = models.CharField(max_length=64, help_text="By whose clocks: an IANA name, as Europe/Berlin.")
    on_conflict = models.CharField(max_length=16, choices=Overlap.choices, default=Overlap.REJECT)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    next_run_at = models.DateTimeField(null=True, editable=False, help_text="Empty while it is paused.")
    paused_at = models.DateTimeField(null=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty where it has paused itself.",
    )
    paused_reason = models.CharField(max_length=300, blank=True)

    last_due_at = models.DateTimeField(null=True, editable=False, help_text="The time served last, run or not.")
    last_triggered_at = models.DateTimeField(null=True, editable=False)
    last_run = models.ForeignKey(
        "runs.AgentRun", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    last_refused_at = models.DateTimeField(null=True, editable=False)
    last_refusal_code = models.CharField(max_length=32, blank=True, editable=False)
    last_refusal = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why no run came of the last time; empty where one did."
    )
    refusal_count = models.PositiveIntegerField(default=0, editable=False, help_text="Refusals in a row.")
    lasting_refusal_count = models.PositiveIntegerField(
        default=0, editable=False, help_text="Those of them that do not mend by themselves: at some number it pauses."
    )
    fault = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why a run would be refused, as last checked."
    )
    checked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(next_run_at__isnull=True) ^ Q(paused_at__isnull=True), name="schedule_paused_or_due"
            ),
        ]
        indexes: ClassVar = [
            # "My schedules" by name.
            models.Index(fields=["user", "name", "id"], name="schedule_of_user"),
            # schedules.fire: what is due, the longest first, about once a second.
            models.Index(fields=["next_run_at"], condition=Q(next_run_at__isnull=False), name="schedule_due"),
            # schedules.fire: what has not been checked for longest.
            models.Index(fields=["checked_at"], condition=Q(paused_at__isnull=True), name="schedule_unchecked"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        """Whether it triggers nothing for now."""
        return self.paused_at is not None
