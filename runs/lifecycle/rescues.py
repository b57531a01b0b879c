"""Ending what nobody else will end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from runs import orphans, queue
from runs.errors import UserLocked
from runs.lifecycle.failures import fail_run
from runs.lifecycle.slots import promote
from runs.lifecycle.transitions import end_cancelled, held, locked, move, record
from runs.models import AgentRun, ErrorCode, EventKind, Status, User
from runs.models.run import database_now
from runs.places import Place, this_machine

logger = structlog.stdlib.get_logger(__name__)

ADVISORY_LOCK = 0x52455343  # "RESC"


def rescue() -> int:
    """End lost attempts and overdue runs; how many runs were touched.

    An attempt whose lease ran out, or whose worker's process on this machine has ended, is
    failed as ``worker_lost``; a run that waited too long for a worker as ``expired``; one that
    was asked to stop and has not in time is stopped by force. A pending run that has lost its
    queue row is enqueued again, and one that waits although a slot is free is promoted. Runs in
    every cluster about once a second; of several at once, one does the work.
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
    silent_since = _leases_count_until()
    lost = [run for run in active.filter(status=Status.RUNNING) if _is_lost(run, silent_since)]
    for run in lost:
        _declare_lost(run, owner)
    stuck = list(active.filter(status=Status.RUNNING, stops_by__lt=now))
    for run in stuck:
        _stop_by_force(run, owner)
    overdue = list(active.filter(status=Status.PENDING, expires_at__lt=now))
    for run in overdue:
        _expire(run, owner)
    unheard = _without_queue_row(active.filter(status=Status.PENDING))
    for run in unheard:
        _enqueue_again(run)
    promote(owner)
    return len(lost) + len(stuck) + len(overdue) + len(unheard)


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
    running, pending = Q(status=Status.RUNNING), Q(status=Status.PENDING)
    overdue = running & (Q(lease_expires_at__lt=_leases_count_until()) | Q(stops_by__lt=now)) | pending & Q(
        expires_at__lt=now
    )
    users = set(AgentRun.objects.active().filter(overdue).values_list("user", flat=True))
    users |= {run.user_id for run in _on_this_machine() if _has_lost_its_process(run)}
    rung_for = AgentRun.objects.filter(status=Status.PENDING).only("user_id", "queue_row")
    return users | {run.user_id for run in _without_queue_row(rung_for)} | _users_who_wait_for_nothing()


def _on_this_machine() -> QuerySet[AgentRun]:
    machine = this_machine()
    runs = AgentRun.objects.filter(status=Status.RUNNING).only("user_id", "worker_place")
    return runs.filter(worker_place__startswith=f"{machine}/") if machine else runs.none()


def _has_lost_its_process(run: AgentRun) -> bool:
    """Whether its worker's process was on this machine and has ended."""
    place = Place.parse(run.worker_place)
    return place is not None and place.is_here and not place.is_alive


def _is_lost(run: AgentRun, silent_since: datetime) -> bool:
    assert run.lease_expires_at is not None
    return run.lease_expires_at < silent_since or _has_lost_its_process(run)


def _leases_count_until() -> datetime:
    """The moment before which a lease must have run out to be taken for lost.

    Now, but for a database that has just been started: while it was away nobody could renew
    a lease, so that each worker first gets the time of a whole one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), pg_postmaster_start_time()")
        now, started_at = cursor.fetchone()
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    just_started: bool = now - started_at < lease
    moment: datetime = started_at - lease if just_started else now
    return moment


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
    has_ended = _has_lost_its_process(run)
    host, _, number = run.worker.rpartition(":")
    pid = int(number) if number.isdecimal() else None
    evidence = {
        "worker": run.worker,
        "host": host,
        "pid": pid,
        "last_heartbeat": last_heartbeat.isoformat(),
        "process_ended": has_ended,
        "exit_code": queue.exit_code_of(pid) if has_ended and pid else None,
        "found_by": f"{socket.gethostname()}:{os.getpid()}",
    }
    logger.warning("run_lost", run_id=run.pk, user_id=run.user_id, request_id=run.request_id, **evidence)
    if has_ended:
        # Before the run can be taken up again: what the lost attempt has started must not work beside the next.
        orphans.end_orphans()
    how = "ended" if has_ended else "fell silent"
    fail_run(run, owner, ErrorCode.WORKER_LOST, f"The worker that carried out the run {how}.", evidence=evidence)


def _stop_by_force(run: AgentRun, owner: User) -> None:
    end_cancelled(run, EventKind.FORCE_STOPPED, by=run.cancel_requested_by, reason=run.cancel_reason)
    promote(owner)


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
