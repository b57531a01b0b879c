"""Taking over a result that came too late."""

from __future__ import annotations

import uuid

from runs import audit, origin
from runs.errors import NothingToAdopt, ReasonMissing, WrongStatus
from runs.lifecycle.stops import LONGEST_REASON
from runs.lifecycle.transitions import locked, locked_run, record
from runs.models import AgentRun, EventKind, Status, Trigger, User
from runs.models.run import database_now
from runs.storable import storable_text


def adopt(run: AgentRun, *, by: User, reason: str) -> AgentRun:
    """Make a completed run of the last late result of ``run``, which stays as it is.

    No agent is run again and no slot is needed. Raises ``WrongStatus`` while the run goes
    on, ``NothingToAdopt`` where no result came late or it has been adopted before, and
    ``ReasonMissing``.
    """
    reason = storable_text(reason.strip(), LONGEST_REASON)
    if not reason:
        raise ReasonMissing
    with locked(run.user_id):
        run = locked_run(run.pk)
        if not run.is_final:
            raise WrongStatus("adopted from", run)
        late = run.events.filter(kind=EventKind.LATE_RESULT).last()
        if late is None or AgentRun.objects.filter(adopted_from=run).exists():
            raise NothingToAdopt
        now = database_now()
        adopted = AgentRun.objects.create(
            id=uuid.uuid4(),
            user_id=run.user_id,
            agent=run.agent,
            agent_version=run.agent_version,
            trigger=Trigger.ADOPTION,
            input=run.input,
            document_id=run.document_id,
            policy_id=run.policy_id,
            adopted_from=run,
            request_id=origin.here().request_id or run.request_id,
            status=Status.COMPLETED,
            progress=100,
            attempt=late.attempt,
            worker=run.worker,
            started_at=run.started_at,
            created_at=now,
            completed_at=now,
            ended_by=by,
            **late.data,
        )
        record(adopted, EventKind.ADOPTED, reason, actor=by, data={"adopted_from": str(run.pk)})
        record(adopted, EventKind.COMPLETED, adopted.summary)
        record(run, EventKind.ADOPTED, reason, actor=by, data={"adopted_as": str(adopted.pk)})
        audit.record("run.adopted", actor=by, subject=run, reason=reason, adopted_as=adopted.pk, user=run.user_id)
    return adopted
