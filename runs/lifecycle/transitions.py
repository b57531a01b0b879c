"""What the verbs share: the lock, the conditional write, the event, the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from psycopg2.errors import LockNotAvailable

from runs import audit, queue
from runs.allowances import Allowance
from runs.errors import NotFound, UserLocked, WrongStatus
from runs.lifecycle import outbox
from runs.models import AgentRun, EventKind, Status, User
from runs.models.run import database_now

logger = structlog.stdlib.get_logger(__name__)

CHANNEL = "agentsite_runs"
# The event, the word to whoever watches, and whether a webhook wants it, at one go: every change of a run waits for
# it.
RECORD = f"""
    INSERT INTO runs_runevent (run_id, kind, at, attempt, actor_id, message, data)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    RETURNING pg_notify(%s, %s), {outbox.WANTED}
"""  # nosec B608  # noqa: S608  Both are constants.
# At one go with the first event: a trigger takes no statement more for being counted and audited.
TRIGGERED = f"""
    WITH counted AS (
        UPDATE runs_user SET rate_spent_until = %s, runs_counted_on = %s, runs_counted = %s WHERE id = %s
    ), audited AS ({audit.INSERT})
    {RECORD}
"""  # nosec B608  # noqa: S608  Constants, too.
CANCELLED_SENTENCE = "Run was cancelled"


@contextmanager
def locked(user_id: UUID) -> Iterator[User]:
    """A transaction that holds the user's row, and so every decision about the user's slots.

    The row of the user, not of the runs: there may be no run to lock. ``no_key`` lets others
    insert rows that merely refer to the user. Raises ``UserLocked`` after the lock wait.
    """
    wait = f"{settings.LOCK_WAIT_SECONDS * 1000:.0f}ms"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [wait])
        try:
            owner = User.objects.select_for_update(no_key=True).get(pk=user_id)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise UserLocked from None
            raise
        yield owner


def held(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    """The same runs, their rows locked.

    The user's row does not keep a worker from starting, renewing or moving on a run;
    this does, and what has changed meanwhile no longer matches.
    """
    return runs.select_for_update(no_key=True, of=("self",)).select_related("cancel_requested_by")


def locked_run(run_id: UUID) -> AgentRun:
    """The run as it stands now, its row locked. Raises ``NotFound``."""
    run = held(AgentRun.objects.filter(pk=run_id)).first()
    if run is None:
        raise NotFound(f"Run ID: {run_id} not found")
    return run


def move(run: AgentRun, status: Status, **changes: Any) -> None:
    """Write a new status and ``changes``, if the run still stands where ``run`` says.

    Raises ``WrongStatus`` where it does not: then somebody decided without the lock.
    """
    here = AgentRun.objects.filter(pk=run.pk, status=run.status, attempt=run.attempt)
    if not here.update(status=status, **changes):
        raise WrongStatus("moved", run)
    run.status = status
    for name, value in changes.items():
        setattr(run, name, value)


def end(
    run: AgentRun,
    status: Status,
    kind: EventKind,
    *,
    actor: User | None = None,
    message: str = "",
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """End the run: the one way in which any run ends, whoever asks.

    The caller holds the user's row and promotes the waiting run afterwards.
    """
    queue.withdraw(run.queue_row)
    if status != Status.COMPLETED and run.kept_count:
        changes["summary"] = run.kept_words
    move(
        run,
        status,
        completed_at=database_now(),
        lease_expires_at=None,
        deadline_at=None,
        queue_row=None,
        ended_by=actor,
        **changes,
    )
    record(run, kind, message, actor=actor, data=data)
    logger.info(
        f"run_{status}",
        run_id=run.pk,
        user_id=run.user_id,
        request_id=run.request_id,
        attempt=run.attempt,
        **({"error_code": run.error_code} if run.error_code else {}),
    )


def end_cancelled(
    run: AgentRun,
    kind: EventKind = EventKind.CANCELLED,
    *,
    by: User | None,
    reason: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """End the run as cancelled, with the reason in its sentence."""
    sentence = f"{CANCELLED_SENTENCE}: {reason}" if reason else CANCELLED_SENTENCE
    end(
        run,
        Status.CANCELLED,
        kind,
        actor=by,
        message=sentence,
        data=data,
        error=sentence,
        cancel_requested_by=by,
        cancel_reason=reason,
    )


def record(
    run: AgentRun,
    kind: EventKind,
    message: str = "",
    *,
    actor: User | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write an event of the run, tell whoever watches, and leave it for the webhooks that want it."""
    _write(RECORD, [], run, kind, message, actor, data)


def record_triggered(run: AgentRun, reason: str, *, actor: User, spent: Allowance) -> None:
    """The event that begins a run, what the run has spent of its user's allowance, and the audit's entry."""
    counted: list[Any] = [spent.spent_until, spent.at.astimezone(UTC).date(), spent.runs_today, run.user_id]
    details = {"agent": run.agent, "trigger": run.trigger, "reason": reason, "rerun_of": run.rerun_of_id}
    if actor.pk != run.user_id:
        details["user"] = run.user_id
    entry = audit.entry(
        "run.triggered", actor=actor, subject=run, **{key: each for key, each in details.items() if each}
    )
    _write(TRIGGERED, [*counted, *audit.values(entry)], run, EventKind.TRIGGERED, reason, actor, None)


def _write(
    statement: str,
    before: list[Any],
    run: AgentRun,
    kind: EventKind,
    message: str,
    actor: User | None,
    data: Mapping[str, Any] | None,
) -> None:
    event: list[Any] = [
        run.pk,
        kind,
        timezone.now(),
        run.attempt,
        actor and actor.pk,
        message,
        json.dumps(dict(data or {})),
    ]
    word = _word(run.pk, run.user_id, is_urgent=True)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*before, *event, CHANNEL, word, run.user_id, outbox.event_of(kind)])
        _, is_wanted = cursor.fetchone()
        if is_wanted:
            outbox.write(cursor, run.pk, kind)


def tell(run_id: UUID, user_id: UUID, *, is_urgent: bool = True) -> None:
    """Wake whoever watches the run or its user's runs, once this transaction commits.

    What is not urgent, progress alone, may be shown together with what comes next.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, _word(run_id, user_id, is_urgent=is_urgent)])


def _word(run_id: UUID, user_id: UUID, *, is_urgent: bool) -> str:
    """What is said on the channel."""
    return " ".join([str(run_id), str(user_id), *(["urgent"] if is_urgent else [])])
