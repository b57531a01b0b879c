"""Break glass: letting an operator see what is in somebody else's run."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from runs import audit
from runs.errors import ReasonMissing
from runs.lifecycle.stops import LONGEST_REASON
from runs.lifecycle.transitions import locked, locked_run, record
from runs.models import AgentRun, EventKind, Opening, User
from runs.models.run import database_now
from runs.storable import storable_text

OPEN_FOR: Final = timedelta(minutes=60)


def open_content(run: AgentRun, *, by: User, reason: str) -> Opening:
    """Open what is in ``run`` to ``by``, for an hour.

    Its owner finds who, when and why in the run's history; so does the audit. Raises ``ReasonMissing``.
    """
    reason = storable_text(reason.strip(), LONGEST_REASON)
    if not reason:
        raise ReasonMissing
    with locked(run.user_id):
        run = locked_run(run.pk)
        opening = Opening.objects.create(run=run, operator=by, reason=reason, until=database_now() + OPEN_FOR)
        record(run, EventKind.OPENED, reason, actor=by)
        audit.record("break_glass.opened", actor=by, subject=run, reason=reason, owner=str(run.user_id))
    return opening
