"""What happened to a run, line by line."""

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from runs.models.run import AgentRun


class EventKind(models.TextChoices):
    """What happened, in the past tense."""

    TRIGGERED = "triggered"
    SEATED = "seated", "took the waiting seat"
    PROMOTED = "promoted", "left the waiting seat"
    STARTED = "started"
    STEPPED = "stepped"
    LOGGED = "logged"
    CANCEL_REQUESTED = "cancel_requested"
    RETRIED = "retried"
    HANDED_BACK = "handed_back"
    REQUEUED = "requeued"
    ADOPTED = "adopted"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FORCE_STOPPED = "force_stopped"
    LATE_RESULT = "late_result"
    OPENED = "opened", "opened by an operator"


CONTENT_KINDS: Final = (EventKind.STEPPED, EventKind.LOGGED, EventKind.LATE_RESULT)
"""What an agent has said: whoever may not see what is in a run may not see these of its events."""


LINES: Final = (EventKind.STEPPED, EventKind.LOGGED)
"""The kinds that are a run's log: what the agent said. The rest is its history."""


class RunEvent(models.Model):
    """A dated line of a run's history, written by the verb that made it happen.

    ``id`` is also the cursor for reading on: events of one run are written while its
    row is locked, so their ids rise in the order in which they become visible.
    ``data`` depends on ``kind``; logged events have ``level``.
    """

    id = models.BigAutoField(primary_key=True)
    # The index below serves the foreign key too.
    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=32, choices=EventKind.choices)
    at = models.DateTimeField(default=timezone.now)
    attempt = models.PositiveSmallIntegerField(default=0)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    message = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = "event"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            # A run's history from a cursor on.
            models.Index(F("run"), F("id"), name="event_of_run"),
        ]

    def __str__(self) -> str:
        return self.kind if self.kind in CONTENT_KINDS else f"{self.kind} {self.message}".strip()
