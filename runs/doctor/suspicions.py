"""Runs that somebody should look at: not lost yet, but not as they should be; and those that ended badly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django_q.conf import Conf
from django_q.models import OrmQ

from runs.models import AgentRun, ErrorCode, Status
from runs.models.run import database_now
from runs.usual import UsualTime, usual_times

LOOKED_AT_MOST: Final = 10_000
SHOWN_AT_MOST: Final = 20
BEYOND_SLOW: Final = 3
"""So many times what nine of ten runs keep to."""
LEAST_SPAN: Final = timedelta(seconds=1)
"""What takes a blink is not worth a warning after two."""
CRASHES_WITHIN: Final = timedelta(days=1)
CRASHES_SHOWN: Final = 10
PAYLOAD: Final = ("input", "output", "traceback")
NOT_OURS: Final = (ErrorCode.INVALID_INPUT,)
"""A failure with one of these is no fault of the site's."""


@dataclass(frozen=True, slots=True)
class SuspiciousRun:
    """An active run, and why somebody should look at it."""

    run: AgentRun
    reason: str


def suspicious_runs() -> list[SuspiciousRun]:
    """Active runs that are silent, do not stop, take too long, have no doorbell or try again; worst first."""
    now = database_now()
    rung = OrmQ.objects.filter(pk=OuterRef("queue_row"), key=Conf.CLUSTER_NAME)
    active = _shown(AgentRun.objects.active()).annotate(is_rung=Exists(rung)).order_by("lease_expires_at")
    runs = list(active[:LOOKED_AT_MOST])
    usual = usual_times({run.agent for run in runs}) if runs else {}
    found = [(order, SuspiciousRun(run, reason)) for run in runs for order, reason in _reasons(run, now, usual)]
    first: dict[object, SuspiciousRun] = {}
    for _, each in sorted(found, key=lambda pair: pair[0]):
        first.setdefault(each.run.pk, each)
    return list(first.values())[:SHOWN_AT_MOST]


def _reasons(run: AgentRun, now: datetime, usual: Mapping[str, UsualTime]) -> Iterator[tuple[int, str]]:
    if run.status == Status.PENDING and not getattr(run, "is_rung", True):
        yield 0, "pending without a row in the queue"
    if run.status == Status.RUNNING:
        yield from _reasons_of_running(run, now, usual)
    attempt = run.attempt + (run.status == Status.PENDING)
    if attempt > 1:
        yield 4, f"attempt {attempt} of {max(run.max_attempts, attempt)}"


def _reasons_of_running(run: AgentRun, now: datetime, usual: Mapping[str, UsualTime]) -> Iterator[tuple[int, str]]:
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    if run.lease_expires_at is not None and run.lease_expires_at < now + lease / 2:
        yield 1, f"silent for {_seconds(now - run.lease_expires_at + lease)}"
    asked = run.cancel_requested_at
    if asked is not None and asked + timedelta(seconds=settings.STOP_GRACE_SECONDS) < now:
        yield 2, f"asked to stop {_seconds(now - asked)} ago"
    if run.agent in usual and run.started_at is not None:
        slow = max(usual[run.agent].slow, LEAST_SPAN)
        if now - run.started_at > slow * BEYOND_SLOW:
            yield 3, f"nine of ten runs take at most {_seconds(slow)}"


def crashed_runs() -> list[AgentRun]:
    """Runs that failed by a fault of the site's or its agents' within a day, newest first."""
    since = database_now() - CRASHES_WITHIN
    failed = AgentRun.objects.filter(status=Status.FAILED, completed_at__gt=since).exclude(error_code__in=NOT_OURS)
    return list(_shown(failed).order_by("-completed_at")[:CRASHES_SHOWN])


def _shown(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    return runs.select_related("user").defer(*PAYLOAD)


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.0f} s"
