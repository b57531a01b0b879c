"""One request for an agent to do one thing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from runs.models.document import Document
from runs.models.policy import Policy


class Status(models.TextChoices):
    WAITING = "waiting"
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE: Final = (Status.PENDING, Status.RUNNING)
"""A run in one of these holds a slot."""
FINAL: Final = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
"""Nothing leaves these."""


class Trigger(models.TextChoices):
    """Who asked for the run."""

    DASHBOARD = "dashboard"
    API = "api", "API"
    COMMAND = "command"
    SCHEDULE = "schedule"
    RERUN = "rerun"
    ADOPTION = "adoption"
    CONTINUATION = "continuation"


BORROWERS: Final = (Trigger.ADOPTION, Trigger.CONTINUATION)
"""Runs of these have not done all of their work themselves: how long they took says nothing of others."""


class ErrorCode(models.TextChoices):
    """Why a run failed. A closed list: clients branch on it."""

    AGENT_ERROR = "agent_error"
    INVALID_INPUT = "invalid_input"
    TIMED_OUT = "timed_out"
    EXPIRED = "expired"
    WORKER_LOST = "worker_lost"
    RESULT_UNSTORABLE = "result_unstorable"
    OUT_OF_MEMORY = "out_of_memory"


class AgentRunQuerySet(models.QuerySet["AgentRun"]):
    def active(self) -> AgentRunQuerySet:
        """Runs that hold a slot."""
        return self.filter(status__in=ACTIVE)

    def waiting(self) -> AgentRunQuerySet:
        """Runs in their user's waiting seat."""
        return self.filter(status=Status.WAITING)

    def finished(self) -> AgentRunQuerySet:
        """Runs that have ended, one way or another."""
        return self.filter(status__in=FINAL)


class AgentRun(models.Model):
    """A run. Its status changes through the verbs of ``runs.lifecycle`` and nowhere else.

    ``input`` is the agent's ``Input`` as JSON; ``output`` its ``Output``; both have the
    agent's own shape. ``result`` is the original API's one line. ``error`` is the
    sentence for people, ``traceback`` for staff. All limits are copied when the run is
    triggered or started, so that later changes of settings do not reach into it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.CharField(max_length=64)
    agent_version = models.CharField(max_length=32)
    # The index run_of_user serves the foreign key too.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs", db_index=False)
    trigger = models.CharField(max_length=16, choices=Trigger.choices)
    input = models.JSONField(default=dict)
    # The index run_of_document serves the foreign key too.
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs", db_index=False
    )
    policy = models.ForeignKey(Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    policy_hash = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="SHA-256 of the policy's content when the run was triggered.",
    )
    rerun_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reruns")
    adopted_from = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="adopted_as",
        help_text="The run whose late result this one has taken over.",
    )
    # The constraint run_once_per_scheduled_time serves the foreign key too.
    schedule = models.ForeignKey(
        "runs.Schedule", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs", db_index=False
    )
    scheduled_for = models.DateTimeField(
        null=True, blank=True, help_text="The time of its schedule that it is for; empty where a person asked."
    )

    request_id = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The request that asked for the run.",
    )

    status = models.CharField(max_length=16, choices=Status.choices)
    slot = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Which of the user's places the run holds, or held. Empty while it waits."
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent. Never goes back.")
    step = models.CharField(max_length=200, blank=True)

    result = models.TextField(null=True, blank=True)
    summary = models.CharField(max_length=200, blank=True, help_text="The outcome in a few words.")
    output = models.JSONField(null=True, blank=True)
    usage = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="What the run has used of the language model, all attempts together, in the form of runs.relay.",
    )
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=32, choices=ErrorCode.choices, blank=True)
    traceback = models.TextField(blank=True)

    kept_count = models.PositiveIntegerField(default=0, db_default=0, help_text="How many finished parts are kept.")
    kept_done = models.PositiveIntegerField(default=0, db_default=0, help_text="How much they are of the whole …")
    kept_total = models.PositiveIntegerField(default=0, db_default=0, help_text="… and the whole; 0 if not known.")
    kept_unit = models.CharField(max_length=30, blank=True, default="", db_default="", help_text="In rules, pages …")

    attempt = models.PositiveSmallIntegerField(default=0, help_text="The number of the current or last attempt.")
    max_attempts = models.PositiveSmallIntegerField(default=1)
    backoff_seconds = models.FloatField(default=2.0, help_text="The pause before the second attempt.")
    worker = models.CharField(max_length=255, blank=True, help_text="host:pid of the current or last attempt.")
    worker_place = models.CharField(
        max_length=128, blank=True, editable=False, help_text="The worker's process, as runs.places names it."
    )
    queue_row = models.BigIntegerField(null=True, editable=False, help_text="The queue row that will call a worker.")
    line_count = models.PositiveIntegerField(default=0, help_text="Steps and log lines so far, to stop a flood.")

    due_at = models.DateTimeField(null=True, help_text="A pending run is not started before this.")
    expires_at = models.DateTimeField(null=True, help_text="A pending run fails as expired after this.")
    lease_expires_at = models.DateTimeField(null=True, help_text="A running attempt is lost after this.")
    deadline_at = models.DateTimeField(null=True, help_text="A running attempt is stopped at this.")
    cancel_requested_at = models.DateTimeField(null=True)
    cancel_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    stops_by = models.DateTimeField(null=True, help_text="A run asked to stop is ended by force after this.")
    cancel_reason = models.CharField(max_length=200, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, help_text="When the current or last attempt began.")
    completed_at = models.DateTimeField(null=True, help_text="When the run ended, however it did.")

    is_hidden = False
    """No column. Whether ``runs.access`` has taken the content out, for a reader who may not see it."""

    objects = AgentRunQuerySet.as_manager()

    class Meta:
        verbose_name = "run"
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            # The invariant of the whole site: no code path can give a user's slot to two runs.
            models.UniqueConstraint(
                fields=["user", "slot"], condition=Q(status__in=["pending", "running"]), name="run_one_active_per_slot"
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(status="waiting"), name="run_one_waiting_per_user"),
            # However many clusters see that a schedule is due: one run for each of its times.
            models.UniqueConstraint(
                fields=["schedule", "scheduled_for"],
                condition=Q(schedule__isnull=False),
                name="run_once_per_scheduled_time",
            ),
            models.CheckConstraint(
                # "slot >= 1" alone would let NULL pass, and the unique constraint above does not see NULLs.
                condition=~Q(status__in=["pending", "running"]) | Q(slot__isnull=False, slot__gte=1),
                name="run_active_holds_slot",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["completed", "failed", "cancelled"]) ^ Q(completed_at__isnull=True),
                name="run_ended_has_time",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="run_progress_percent"),
        ]
        indexes: ClassVar = [
            # "My runs, newest first": home, the list, the API's list.
            models.Index(fields=["user", "-created_at", "-id"], name="run_of_user"),
            # The operators' list over all users.
            models.Index(fields=["-created_at", "-id"], name="run_newest"),
            # The list and the counts of one status: a person's own, and everybody's.
            models.Index(fields=["user", "status", "-created_at", "-id"], name="run_of_user_in_status"),
            models.Index(fields=["status", "-created_at", "-id"], name="run_in_status"),
            # The list of one agent's runs, also in one status: a person's own, and everybody's. What the counts of
            # a person's statuses read is in the index.
            models.Index(
                fields=["user", "agent", "-created_at", "-id"], include=["status"], name="run_of_user_by_agent"
            ),
            models.Index(fields=["agent", "-created_at", "-id"], name="run_by_agent"),
            models.Index(fields=["agent", "status", "-created_at", "-id"], name="run_by_agent_in_status"),
            # The runs of a document: the list, comparing with earlier ones, and letting go of a deleted document.
            models.Index(fields=["document", "-created_at", "-id"], name="run_of_document"),
            # The runs of a schedule: its page, the list. Holds scheduled runs only.
            models.Index(
                fields=["schedule", "-created_at", "-id"],
                condition=Q(schedule__isnull=False),
                name="run_of_schedule",
            ),
            # rescue(): running attempts by lease, pending ones by age. Holds active runs only, so it stays tiny.
            models.Index(
                fields=["status", "lease_expires_at"],
                condition=Q(status__in=["pending", "running"]),
                name="run_active",
            ),
            # runs.usual: the last completed runs of an agent. All that it reads is in the index.
            models.Index(
                fields=["agent", "-completed_at"],
                include=["started_at", "trigger"],
                condition=Q(status="completed"),
                name="run_completed_of_agent",
            ),
            # runs.trends: what the last days brought; the figures' last hour and last crashes. All that is read of
            # days is in the index.
            models.Index(
                fields=["completed_at"],
                include=["agent", "status", "trigger", "user", "due_at", "started_at"],
                condition=Q(completed_at__isnull=False),
                name="run_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} {str(self.id)[:8]}"

    @property
    def is_active(self) -> bool:
        """Whether the run holds a slot."""
        return self.status in ACTIVE

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        return self.status in FINAL

    @property
    def is_stopping(self) -> bool:
        """Whether the run has been asked to stop and has not yet."""
        return self.status == Status.RUNNING and self.cancel_requested_at is not None

    @property
    def is_continuation(self) -> bool:
        """Whether it goes on where ``rerun_of`` ended."""
        return self.trigger == Trigger.CONTINUATION

    @property
    def is_partial(self) -> bool:
        """Whether the run has ended before its work was done, and some of it is kept."""
        return self.kept_count > 0 and self.status in (Status.FAILED, Status.CANCELLED)

    @property
    def kept_words(self) -> str:
        """How much is kept, in a few words: "14 of 20 rules"."""
        if self.kept_total:
            return f"{self.kept_done} of {self.kept_total} {self.kept_unit}"
        return f"{self.kept_count} part{'' if self.kept_count == 1 else 's'}"

    @property
    def waited(self) -> timedelta:
        """From the trigger to the start of the last attempt, or to now."""
        return (self.started_at or self.completed_at or timezone.now()) - self.created_at

    @property
    def ran(self) -> timedelta | None:
        """How long the last attempt ran, or has been running; None before the first."""
        if self.started_at is None:
            return None
        end = self.completed_at or timezone.now()
        return max(end - self.started_at, timedelta())


class ClockTimestamp(models.Func):
    """The database's clock, by which leases and deadlines are judged.

    Inside a transaction this is the moment itself, not that of its beginning.
    """

    function = "clock_timestamp"
    output_field = models.DateTimeField()


def database_now() -> datetime:
    """What ``ClockTimestamp`` says, where there is no other statement to put it into."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
