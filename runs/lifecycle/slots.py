"""Which run holds which of its user's places, and who comes next. The user's row is locked throughout."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from runs import queue
from runs.errors import AlreadyRunning, UnknownAgent
from runs.lifecycle.transitions import end_cancelled, held, record
from runs.limits import limits_of_waiting
from runs.models import AgentRun, EventKind, Status, User
from runs.models.run import ClockTimestamp

NOT_PERMITTED: Final = "its user may not run this agent any more"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a user's slots and waiting seat stood at one moment."""

    at: datetime
    limit: int
    taken: Collection[int]
    is_seat_taken: bool

    @classmethod
    def of(cls, owner: User) -> Standing:
        """How they stand now."""
        active = AgentRun.objects.active().filter(user=OuterRef("pk")).order_by()
        waiting = AgentRun.objects.waiting().filter(user=OuterRef("pk"))
        facts = User.objects.filter(pk=owner.pk).values_list(
            ClockTimestamp(), "active_run_limit", ArraySubquery(active.values("slot")), Exists(waiting)
        )
        return cls(*facts.get())

    @property
    def free_slot(self) -> int | None:
        """The lowest free slot, from 1 to the user's limit."""
        return next((slot for slot in range(1, self.limit + 1) if slot not in self.taken), None)


def oldest_active(owner: User) -> AgentRun:
    """The active run that a new one has to wait for: one that is stopping already, else the oldest."""
    active = held(AgentRun.objects.active().filter(user=owner))
    return active.order_by("cancel_requested_at", "created_at")[0]


def take_slot(run: AgentRun, owner: User, standing: Standing, queue_limit: timedelta) -> None:
    """Make ``run``, not yet written, pending in a free slot and have a worker called.

    Raises ``AlreadyRunning``.
    """
    slot = standing.free_slot
    if slot is None:
        waiting = AgentRun.objects.waiting().filter(user=owner).first()
        raise AlreadyRunning(oldest_active(owner), waiting)
    run.slot = slot
    run.status = Status.PENDING
    run.due_at = standing.at
    run.expires_at = run.due_at + queue_limit
    run.queue_row = queue.enqueue(run.pk)


def promote(owner: User) -> None:
    """Give a free slot to the run in the waiting seat, if there are both.

    One whose agent its user may not run any more is cancelled instead: it has not begun yet.
    """
    standing = Standing.of(owner)
    if not standing.is_seat_taken or standing.free_slot is None:
        return
    run = AgentRun.objects.waiting().get(user=owner)
    try:
        limits = limits_of_waiting(run.agent, owner)
    except UnknownAgent:
        end_cancelled(run, by=None, reason=NOT_PERMITTED)
        return
    take_slot(run, owner, standing, limits.queue)
    run.save(update_fields=["slot", "status", "due_at", "expires_at", "queue_row"])
    record(run, EventKind.PROMOTED, "The slot is free.")
