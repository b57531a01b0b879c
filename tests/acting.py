"""Bringing runs into the states that tests are about, through the verbs alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db.models.functions import Now

from runs import lifecycle
from runs.lifecycle import Attempt
from runs.models import AgentRun, EventKind, Status, Team, User

WORKER = "testhost:1"


def pending(user: User, **options: Any) -> AgentRun:
    return lifecycle.trigger(user, "rehearsal", {}, **options)


def started(run: AgentRun) -> Attempt:
    attempt = lifecycle.start(run.pk, WORKER)
    assert attempt is not None
    return attempt


def waiting(user: User) -> AgentRun:
    """A run in the waiting seat, behind an active one."""
    run = lifecycle.trigger(user, "rehearsal", {}, on_conflict="wait")
    return run if run.status == Status.WAITING else lifecycle.trigger(user, "rehearsal", {}, on_conflict="wait")


def running(user: User) -> AgentRun:
    run = pending(user)
    started(run)
    return fresh(run)


def completed(user: User) -> AgentRun:
    return lifecycle.complete(started(pending(user)), "rehearsed", {"a": 1}, "did it")


def failed(user: User) -> AgentRun:
    attempt = started(pending(user))
    return lifecycle.fail(attempt, "invalid_input", "No.")  # type: ignore[arg-type]


def cancelled(user: User) -> AgentRun:
    return lifecycle.cancel(pending(user), by=user)


BRING_TO: dict[str, Callable[[User], AgentRun]] = {
    Status.WAITING: waiting,
    Status.PENDING: pending,
    Status.RUNNING: running,
    Status.COMPLETED: completed,
    Status.FAILED: failed,
    Status.CANCELLED: cancelled,
}


def fresh(run: AgentRun) -> AgentRun:
    return AgentRun.objects.get(pk=run.pk)


def attempt_of(run: AgentRun) -> Attempt:
    """The attempt that holds, or once held, the run."""
    return Attempt(run.pk, run.user_id, run.attempt, run.agent, WORKER, timedelta(seconds=60), 256)


def kinds(run: AgentRun) -> list[EventKind]:
    return [EventKind(kind) for kind in run.events.values_list("kind", flat=True)]


def lose_lease(run: AgentRun) -> None:
    """Let the lease lie in the past, as it does when a worker has fallen silent."""
    AgentRun.objects.filter(pk=run.pk).update(lease_expires_at=Now() - timedelta(hours=1))


def overdue(run: AgentRun) -> None:
    """Let the run have waited for longer than the queue limit."""
    past = Now() - timedelta(seconds=1)
    AgentRun.objects.filter(pk=run.pk).update(expires_at=past, due_at=past - timedelta(hours=1))


def due(run: AgentRun) -> None:
    """Let the backoff be over."""
    AgentRun.objects.filter(pk=run.pk).update(due_at=Now())


def team(*members: User, name: str = "Accounts") -> Team:
    """A group that is marked as a team, and who is in it."""
    made = Team.objects.create(group=Group.objects.create(name=name))
    made.group.user_set.add(*members)
    return made
