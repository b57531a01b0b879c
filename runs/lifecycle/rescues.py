"""Ending what nobody else will end."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from runs import queue
from runs.errors import UserLocked
from runs.lifecycle.attempts import fail_run
from runs.lifecycle.slots import promote
from runs.lifecycle.transitions import held, locked, move, record
from runs.models import AgentRun, ErrorCode, EventKind, Status, User
from runs.models.run import database_now

logger = logging.getLogger(__name__)

ADVISORY_LOCK = 0x52455343  # "RESC"


def rescue() -> int:
    """End lost attempts and overdue runs; how many runs were touched.

    An attempt whose lease ran out is failed as ``worker_lost``, a run that waited too long
    for a worker as ``expired``. A pending run that has lost its queue row is enqueued again,
    and one that waits although a slot is free is promoted. Runs in every cluster about once
    a second; of several at once, one does the work.
    """
    touched = 0
    with _alone() as is_alone:
        if not is_alone:
            return 0
        for user_id in _users_in_need():
            try:
                with locked(user_id) as owner:
                    touched += rescue_user(owner)
            except UserLocked:
                # Somebody is changing this user's runs; there is another look in a second.
                continue
    return touched


def rescue_user(owner: User) -> int:
    """Rescue the runs of one user, whose row is locked; how many were touched."""
    now = database_now()
    active = held(AgentRun.objects.active().filter(user=owner))
    lost = list(active.filter(status=Status.RUNNING, lease_expires_at__lt=now))
    for run in lost:
        _declare_lost(run, owner)
    overdue = list(active.filter(status=Status.PENDING, expires_at__lt=now))
    for run in overdue:
        _expire(run, owner)
    unheard = _without_queue_row(active.filter(status=Status.PENDING))
    for run in unheard:
        _enqueue_again(run)
    promote(owner)
    return len(lost) + len(overdue) + len(unheard)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this session is the only one that rescues at the moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        row = cursor.fetchone()
        is_alone = bool(row and row[0])
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def _users_in_need() -> set[UUID]:
    now = database_now()
    overdue = Q(status=Status.RUNNING, lease_expires_at__lt=now) | Q(status=Status.PENDING, expires_at__lt=now)
    users = set(AgentRun.objects.active().filter(overdue).values_list("user", flat=True))
    pending = AgentRun.objects.filter(status=Status.PENDING).only("user_id", "queue_row")
    return users | {run.user_id for run in _without_queue_row(pending)} | _users_who_wait_for_nothing()


def _users_who_wait_for_nothing() -> set[UUID]:
    """Whose limit was raised while a run of theirs sat in the waiting seat."""
    active = AgentRun.objects.active().filter(user=OuterRef("user")).order_by()
    count = active.values("user").annotate(count=Count("pk")).values("count")
    waiting = AgentRun.objects.waiting().annotate(active_count=Coalesce(Subquery(count), 0))
    return set(waiting.filter(active_count__lt=F("user__active_run_limit")).values_list("user", flat=True))


def _without_queue_row(pending: Iterable[AgentRun]) -> list[AgentRun]:
    runs = list(pending)
    existing = queue.existing([run.queue_row for run in runs if run.queue_row is not None])
    return [run for run in runs if run.queue_row not in existing]


def _declare_lost(run: AgentRun, owner: User) -> None:
    assert run.lease_expires_at is not None
    last_heartbeat = run.lease_expires_at - timedelta(seconds=settings.LEASE_SECONDS)
    evidence = {"worker": run.worker, "last_heartbeat": last_heartbeat.isoformat()}
    logger.warning("run %s lost: %s was last heard of at %s", run.pk, run.worker, last_heartbeat)
    fail_run(run, owner, ErrorCode.WORKER_LOST, "The worker that carried out the run fell silent.", evidence=evidence)


def _expire(run: AgentRun, owner: User) -> None:
    assert run.expires_at is not None
    assert run.due_at is not None
    waited = (run.expires_at - run.due_at).total_seconds()
    sentence = f"No worker took the run up within {waited:.0f} s."
    fail_run(run, owner, ErrorCode.EXPIRED, sentence, evidence={"expired_at": run.expires_at.isoformat()})


def _enqueue_again(run: AgentRun) -> None:
    assert run.due_at is not None
    delay = max(run.due_at - database_now(), timedelta())
    move(run, Status.PENDING, queue_row=queue.enqueue(run.pk, delay))
    record(run, EventKind.REQUEUED, "The run had lost its place in the queue and was enqueued again.")
