"""Attempts that did not come to a good end: tried again, or the end of their run."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from runs import queue
from runs.lifecycle.attempts import Attempt
from runs.lifecycle.slots import promote
from runs.lifecycle.transitions import end, end_cancelled, locked, move, record
from runs.limits import limits_of
from runs.models import AgentRun, ErrorCode, EventKind, Status, User
from runs.models.run import database_now
from runs.storable import storable_json, storable_text

LONGEST_ERROR = 1_000
LONGEST_TRACEBACK = 20_000
LONGEST_BACKOFF = timedelta(minutes=10)
RETRYABLE = frozenset({ErrorCode.AGENT_ERROR, ErrorCode.WORKER_LOST})


def fail(
    attempt: Attempt,
    code: ErrorCode,
    error: str,
    *,
    traceback: str = "",
    is_retryable: bool = True,
    after_seconds: float = 0.0,
    **evidence: Any,
) -> AgentRun:
    """End the attempt badly: running to pending where another try is worth it, else to failed.

    Worth it: the code is in ``RETRYABLE``, the caller agrees, tries are left and nobody asked
    the run to stop (then it ends as cancelled). The next try begins ``after_seconds`` at the
    earliest. ``error`` is the sentence for people, ``evidence`` goes into the event. Raises ``LeaseLost``.
    """
    with locked(attempt.user_id) as owner:
        run = attempt.run()
        told = {"traceback": traceback, "is_retryable": is_retryable, "after_seconds": after_seconds}
        fail_run(run, owner, code, error, evidence=evidence, **told)  # type: ignore[arg-type]
        return run


def fail_run(
    run: AgentRun,
    owner: User,
    code: ErrorCode,
    error: str,
    *,
    traceback: str = "",
    is_retryable: bool = True,
    after_seconds: float = 0.0,
    evidence: Mapping[str, Any],
) -> None:
    """``fail`` for a run whose row, and whose user's, are locked already."""
    error, traceback = storable_text(error, LONGEST_ERROR), storable_text(traceback, LONGEST_TRACEBACK)
    data = {"code": code, **storable_json(evidence)}
    if run.cancel_requested_at is not None:
        end_cancelled(run, by=run.cancel_requested_by, reason=run.cancel_reason, data={**data, "error": error})
    elif is_retryable and code in RETRYABLE and run.attempt < run.max_attempts:
        _retry(run, error, traceback, data, timedelta(seconds=after_seconds))
    else:
        changes: dict[str, Any] = {"error": error, "error_code": code, "traceback": traceback}
        end(run, Status.FAILED, EventKind.FAILED, message=error, data=data, **changes)
    promote(owner)


def _retry(run: AgentRun, error: str, traceback: str, data: Mapping[str, Any], earliest: timedelta) -> None:
    delay = max(_backoff(run), earliest)
    _back_to_pending(run, delay, traceback=traceback)
    record(run, EventKind.RETRIED, error, data={**data, "delay_seconds": round(delay.total_seconds(), 3)})


def _backoff(run: AgentRun) -> timedelta:
    """Doubled for every attempt, and up to a quarter more at random, so that many do not return at once."""
    seconds = run.backoff_seconds * 2 ** max(run.attempt - 1, 0) * random.uniform(1, 1.25)  # nosec B311
    return min(timedelta(seconds=seconds), LONGEST_BACKOFF)


def hand_back(attempt: Attempt, reason: str) -> None:
    """Return the run unfinished, for another worker to take up: running to pending.

    The interrupted attempt does not count against the run. Raises ``LeaseLost``.
    """
    with locked(attempt.user_id) as owner:
        run = attempt.run()
        if run.cancel_requested_at is not None:
            end_cancelled(run, by=run.cancel_requested_by, reason=run.cancel_reason)
            promote(owner)
            return
        _back_to_pending(run, timedelta(), max_attempts=run.max_attempts + 1)
        record(run, EventKind.HANDED_BACK, reason, data={"worker": attempt.worker})


def _back_to_pending(run: AgentRun, delay: timedelta, **changes: Any) -> None:
    due = database_now() + delay
    move(
        run,
        Status.PENDING,
        due_at=due,
        expires_at=due + limits_of(run.agent).queue,
        queue_row=queue.enqueue(run.pk, delay),
        lease_expires_at=None,
        deadline_at=None,
        worker_place="",
        step="",
        **changes,
    )
