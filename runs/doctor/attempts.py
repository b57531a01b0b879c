"""Whether every run that is on its way has somebody who answers for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from runs import lifecycle
from runs.doctor.findings import Finding, Repair, counted, fine, sentence, trouble
from runs.models import AgentRun, Status
from runs.models.run import database_now
from runs.places import Place

RESCUED_WITHIN = timedelta(seconds=settings.RESCUE_SECONDS + 2)
"""A run that has been overdue for less than this is about to be rescued."""
OVERRUN = timedelta(seconds=settings.STOP_GRACE_SECONDS + 10)
"""How long after its deadline an attempt has ended for certain, while its supervisor lives."""


def leases(sample: int) -> Finding:
    """Every running attempt shows signs of life, is stopping, or is about to be rescued."""
    now = database_now()
    running = AgentRun.objects.filter(status=Status.RUNNING).order_by("lease_expires_at")
    runs = list(
        running.only("agent", "worker", "worker_place", "lease_expires_at", "deadline_at", "stops_by")[:sample]
    )
    lost = [f"{run}: {reason}" for run in runs for reason in _why_lost(run, now)]
    stuck = [f"{run}: runs beyond its deadline, and its worker lives" for run in runs if _is_beyond(run, now)]
    if lost or stuck:
        rescue = Repair(tuple(f"Rescues {case}." for case in lost), lifecycle.rescue)
        return trouble(
            f"{sentence(counted(lost + stuck, 'running run'))} with nobody to answer for it.",
            lost + stuck,
            remedy="End it: manage.py cancelrun --force RUN" if stuck else "",
            repair=rescue if lost else None,
        )
    stopping = sum(run.stops_by is not None for run in runs)
    told = f", {stopping} of them stopping" if stopping else ""
    return fine(f"Every running run has a live lease ({counted(runs, 'running run')}{told}).")


def _why_lost(run: AgentRun, now: datetime) -> Iterator[str]:
    place = Place.parse(run.worker_place)
    if run.lease_expires_at is None:
        yield "has no lease"
    elif run.lease_expires_at < now - RESCUED_WITHIN:
        yield f"its lease ran out {_ago(run.lease_expires_at, now)}, and nobody has rescued it"
    elif place is not None and place.is_here and not place.is_alive:
        yield f"its worker's process {place.pid} on this machine has ended"
    elif run.stops_by is not None and run.stops_by < now - RESCUED_WITHIN:
        yield f"should have stopped {_ago(run.stops_by, now)}"


def _is_beyond(run: AgentRun, now: datetime) -> bool:
    has_lease = run.lease_expires_at is not None and run.lease_expires_at >= now - RESCUED_WITHIN
    return has_lease and run.deadline_at is not None and run.deadline_at < now - OVERRUN


def queue_limit(sample: int) -> Finding:
    """No pending run has waited for longer than its queue limit."""
    now = database_now()
    pending = AgentRun.objects.filter(status=Status.PENDING)
    overdue = pending.filter(
        Q(expires_at__lt=now - RESCUED_WITHIN) | Q(expires_at__isnull=True) | Q(due_at__isnull=True)
    )
    cases = [f"{run}: should have expired {_ago(run.expires_at, now)}" for run in overdue.only("agent", "expires_at")]
    if cases:
        return trouble(
            f"{sentence(counted(cases, 'pending run'))} beyond the queue limit.",
            cases,
            repair=Repair(tuple(f"Ends {case}." for case in cases), lifecycle.rescue),
        )
    return fine("No pending run has waited for longer than it may.")


def _ago(at: datetime | None, now: datetime) -> str:
    return "at a time nobody has written down" if at is None else f"{(now - at).total_seconds():,.0f} s ago"
