"""Which run holds which of its user's places, and who comes next. The user's row is locked throughout."""

from __future__ import annotations

from datetime import timedelta

from runs import queue
from runs.errors import AlreadyRunning
from runs.lifecycle.transitions import held, record
from runs.limits import limits_of
from runs.models import AgentRun, EventKind, Status, User
from runs.models.run import database_now


def free_slot(owner: User) -> int | None:
    """The lowest free slot, from 1 to the user's limit."""
    taken = set(AgentRun.objects.active().filter(user=owner).values_list("slot", flat=True))
    return next((slot for slot in range(1, owner.active_run_limit + 1) if slot not in taken), None)


def oldest_active(owner: User) -> AgentRun:
    """The active run that a new one has to wait for: one that is stopping already, else the oldest."""
    active = held(AgentRun.objects.active().filter(user=owner))
    return active.order_by("cancel_requested_at", "created_at")[0]


def take_slot(run: AgentRun, owner: User, queue_limit: timedelta) -> None:
    """Make ``run``, not yet written, pending in a free slot and have a worker called.

    Raises ``AlreadyRunning``.
    """
    slot = free_slot(owner)
    if slot is None:
        waiting = AgentRun.objects.waiting().filter(user=owner).first()
        raise AlreadyRunning(oldest_active(owner), waiting)
    run.slot = slot
    run.status = Status.PENDING
    run.due_at = database_now()
    run.expires_at = run.due_at + queue_limit
    run.queue_row = queue.enqueue(run.pk)


def promote(owner: User) -> None:
    """Give a free slot to the run in the waiting seat, if there are both."""
    run = AgentRun.objects.waiting().filter(user=owner).first()
    if run is None or free_slot(owner) is None:
        return
    take_slot(run, owner, limits_of(run.agent).queue)
    run.save(update_fields=["slot", "status", "due_at", "expires_at", "queue_row"])
    record(run, EventKind.PROMOTED, "The slot is free.")
