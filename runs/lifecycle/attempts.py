"""What the worker that has a run may do with it.

Every write holds only while the attempt holds the run: it is conditional on the run's
id, on its being ``running`` and on the number of the attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from runs import agents
from runs.errors import LeaseLost
from runs.lifecycle.slots import promote
from runs.lifecycle.transitions import end, end_cancelled, held, locked, record, tell
from runs.limits import limits_of
from runs.models import AgentRun, EventKind, KeptPart, RunEvent, RunFacts, Status
from runs.models.run import ClockTimestamp
from runs.storable import storable_json, storable_text

logger = structlog.stdlib.get_logger(__name__)

LONGEST_LINE = 8_000
LONGEST_STEP = 200
MOST_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One worker's one try at a run, as plain data."""

    run_id: UUID
    user_id: UUID
    number: int
    agent: str
    worker: str
    run_limit: timedelta
    memory_mb: int
    request_id: str = ""

    def runs(self) -> QuerySet[AgentRun]:
        """The run, where the attempt still holds it; else nothing."""
        return AgentRun.objects.filter(pk=self.run_id, status=Status.RUNNING, attempt=self.number)

    def run(self) -> AgentRun:
        """The run, its row locked. Raises ``LeaseLost`` where the attempt no longer holds it."""
        run = held(self.runs()).first()
        if run is None:
            raise lease_lost(self)
        return run


LineLevel = Literal["step", "debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Line:
    """Something the agent said, and when: a step, or a line of its log."""

    at: datetime
    level: LineLevel
    text: str


def start(run_id: UUID, worker: str, place: str = "") -> Attempt | None:
    """Begin the next attempt: pending to running.

    ``place`` is the worker's ``runs.places.Place``, by which others on its machine see whether
    it lives. None where there is nothing to begin: the doorbell rang twice, too early, or for
    a run that has ended meanwhile.
    """
    with transaction.atomic():
        moment = ClockTimestamp()
        pending = AgentRun.objects.filter(pk=run_id, status=Status.PENDING, due_at__lte=moment, expires_at__gt=moment)
        run = held(pending.annotate(now=moment)).first()
        if run is None:
            return None
        now: datetime = run.now  # type: ignore[attr-defined]  # Annotated above.
        limits = limits_of(run.agent)
        run.attempt += 1
        version = _version_of(run)
        AgentRun.objects.filter(pk=run_id).update(
            **_without_what_another_version_kept(run, version),
            agent_version=version,
            status=Status.RUNNING,
            attempt=run.attempt,
            worker=worker,
            worker_place=place,
            started_at=now,
            lease_expires_at=now + timedelta(seconds=settings.LEASE_SECONDS),
            deadline_at=now + limits.run,
            queue_row=None,
            step="",
        )
        data = {
            "worker": worker,
            "agent_version": version,
            "run_seconds": limits.run.total_seconds(),
            "memory_mb": limits.memory_mb,
        }
        record(run, EventKind.STARTED, f"Attempt {run.attempt} of {run.max_attempts}", data=data)
    logger.info(
        "run_started",
        run_id=run_id,
        user_id=run.user_id,
        request_id=run.request_id,
        attempt=run.attempt,
        worker=worker,
    )
    return Attempt(run_id, run.user_id, run.attempt, run.agent, worker, limits.run, limits.memory_mb, run.request_id)


def _version_of(run: AgentRun) -> str:
    """The version of the agent that carries the run out: it may be newer than when the run was triggered."""
    agent = agents.AGENTS.get(run.agent)
    return agent.version if agent else run.agent_version


def _without_what_another_version_kept(run: AgentRun, version: str) -> dict[str, Any]:
    if not run.kept_count or version == run.agent_version:
        return {}
    KeptPart.objects.filter(run=run).delete()
    return {"kept_count": 0, "kept_done": 0, "kept_total": 0, "kept_unit": ""}


def heartbeat(attempt: Attempt) -> None:
    """Renew the lease. Raises ``LeaseLost``: the attempt must stop itself."""
    lease = ClockTimestamp() + timedelta(seconds=settings.LEASE_SECONDS)
    if not attempt.runs().update(lease_expires_at=lease):
        raise lease_lost(attempt)


def is_cancel_requested(attempt: Attempt) -> bool:
    """Whether the run has been asked to stop. Reads only. Raises ``LeaseLost``."""
    requested = list(attempt.runs().values_list("cancel_requested_at", flat=True))
    if not requested:
        raise lease_lost(attempt)
    return requested[0] is not None


def progress(attempt: Attempt, *, percent: int | None = None, lines: Sequence[Line] = ()) -> None:
    """Note how far the attempt is. Raises ``LeaseLost``.

    ``percent`` never lowers what is shown. Every line becomes an event; a run that reaches
    ``MOST_LINES`` of them keeps no more, and says so.
    """
    changes: dict[str, Any] = {"line_count": F("line_count") + len(lines)}
    if percent is not None:
        changes["progress"] = Greatest(F("progress"), min(max(percent, 0), 100))
    for line in lines:
        if line.level == "step":
            changes["step"] = storable_text(line.text, LONGEST_STEP)
    with transaction.atomic():
        if not attempt.runs().update(**changes):
            raise lease_lost(attempt)
        if lines:
            _write_lines(attempt, lines)
        tell(attempt.run_id, attempt.user_id, is_urgent=False)


def _write_lines(attempt: Attempt, lines: Sequence[Line]) -> None:
    count = AgentRun.objects.values_list("line_count", flat=True).get(pk=attempt.run_id)
    room = max(MOST_LINES - (count - len(lines)), 0)
    kept = list(lines[:room])
    if kept and count >= MOST_LINES:
        kept[-1] = Line(kept[-1].at, "warning", f"The log ends here: it has reached {MOST_LINES} lines.")
    RunEvent.objects.bulk_create(_line_event(attempt, line) for line in kept)


def _line_event(attempt: Attempt, line: Line) -> RunEvent:
    if line.level == "step":
        return _event(attempt, EventKind.STEPPED, storable_text(line.text, LONGEST_STEP), at=line.at)
    return _event(
        attempt, EventKind.LOGGED, storable_text(line.text, LONGEST_LINE), at=line.at, data={"level": line.level}
    )


def complete(attempt: Attempt, result: str, output: Any, summary: str = "", *, facts: bytes = b"") -> AgentRun:
    """End the run well: running to completed. ``facts`` (of ``runs.agents.packing``) are kept beside it.

    A result that comes after the attempt has lost the run is kept as an event, changes
    nothing, and ``LeaseLost`` is raised. ``ValueError`` says that ``output`` cannot be
    stored; the run is untouched.
    """
    answer = {
        "result": storable_text(result),
        "output": storable_json(output),
        "summary": storable_text(summary, 200),
    }
    try:
        with locked(attempt.user_id) as owner:
            run = attempt.run()
            end(run, Status.COMPLETED, EventKind.COMPLETED, message=answer["summary"], progress=100, **answer)
            _let_go_of_parts(run)
            if facts:
                RunFacts.objects.create(run=run, packed=facts)
            promote(owner)
            return run
    except LeaseLost:
        _event(attempt, EventKind.LATE_RESULT, "A result arrived after the run was taken away.", data=answer).save()
        raise


def _let_go_of_parts(run: AgentRun) -> None:
    """The output says it all now. Of parts taken over the names stay, and whose they were."""
    if run.kept_count:
        KeptPart.objects.filter(run=run, taken_from=None).delete()
        KeptPart.objects.filter(run=run).update(value=None)


def stopped(attempt: Attempt) -> AgentRun:
    """Confirm that the attempt has stopped as asked: running to cancelled. Raises ``LeaseLost``."""
    with locked(attempt.user_id) as owner:
        run = attempt.run()
        end_cancelled(run, by=run.cancel_requested_by, reason=run.cancel_reason)
        promote(owner)
        return run


def lease_lost(attempt: Attempt) -> LeaseLost:
    """The refusal that tells an attempt to stop itself."""
    return LeaseLost(f"Attempt {attempt.number} no longer holds run {attempt.run_id}.")


def _event(attempt: Attempt, kind: EventKind, message: str, **columns: Any) -> RunEvent:
    return RunEvent(run_id=attempt.run_id, kind=kind, attempt=attempt.number, message=message, **columns)
