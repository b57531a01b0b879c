"""Cancel and force stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from runs import audit
from runs.errors import WrongStatus
from runs.lifecycle.slots import promote
from runs.lifecycle.transitions import end_cancelled, locked, locked_run, move, record
from runs.models import AgentRun, EventKind, Status, User
from runs.models.run import database_now
from runs.storable import storable_text

LONGEST_REASON = 200
SLACK = timedelta(seconds=3)
"""For noticing a request, ending a process and looking for lost runs."""


def cancel(run: AgentRun, *, by: User, reason: str = "") -> AgentRun:
    """Stop a waiting or pending run now, or ask a running one to stop.

    Asking twice is harmless. Raises ``WrongStatus`` once the run has ended.
    """
    with locked(run.user_id) as owner:
        run = locked_run(run.pk)
        if run.is_final:
            raise WrongStatus("cancelled", run)
        stop(run, by, reason)
        promote(owner)
    return run


def force_stop(run: AgentRun, *, by: User, reason: str = "") -> AgentRun:
    """End the run now, without waiting for its worker, whose later writes are refused.

    Raises ``WrongStatus`` once the run has ended.
    """
    with locked(run.user_id) as owner:
        run = locked_run(run.pk)
        if run.is_final:
            raise WrongStatus("stopped", run)
        reason = storable_text(reason, LONGEST_REASON)
        end_cancelled(run, EventKind.FORCE_STOPPED, by=by, reason=reason)
        audit.record("run.force_stopped", actor=by, subject=run, reason=reason, user=run.user_id)
        promote(owner)
    return run


def _stops_by(run: AgentRun, now: datetime) -> datetime:
    """When a run asked to stop at ``now`` has stopped for certain.

    Its worker notices, asks the agent's process and kills it after the grace period. If the worker is gone
    with its whole machine, the run is ended when its lease has run out. ``rescue`` holds the promise.
    """
    by_its_worker = now + timedelta(seconds=settings.STOP_GRACE_SECONDS) + SLACK
    without_it = (run.lease_expires_at or now) + SLACK
    return max(by_its_worker, without_it)


def stop(run: AgentRun, by: User, reason: str, data: Mapping[str, Any] | None = None) -> None:
    """End a run that no worker has, or leave the request for the worker that has it.

    ``data`` goes into the event. The user's row and the run's are locked. The worker looks for
    requests twice a second.
    """
    reason = storable_text(reason, LONGEST_REASON)
    if run.status != Status.RUNNING:
        cancel_now(run, by, reason, data)
    elif run.cancel_requested_at is None:
        now = database_now()
        move(
            run,
            Status.RUNNING,
            cancel_requested_at=now,
            cancel_requested_by=by,
            cancel_reason=reason,
            stops_by=_stops_by(run, now),
        )
        record(run, EventKind.CANCEL_REQUESTED, reason, actor=by, data=data)
        audit.record("run.cancel_requested", actor=by, subject=run, reason=reason, user=run.user_id, **(data or {}))


def cancel_now(run: AgentRun, by: User, reason: str, data: Mapping[str, Any] | None = None) -> None:
    """End a run that no worker has, as ``by`` wants it. Both rows are locked."""
    end_cancelled(run, by=by, reason=reason, data=data)
    audit.record("run.cancelled", actor=by, subject=run, reason=reason, user=run.user_id, **(data or {}))
