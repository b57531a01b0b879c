"""Asking for a run, and asking again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import structlog

from runs import agents, origin
from runs.allowances import Allowance
from runs.errors import NotAllowed, SeatTaken, UnknownAgent
from runs.inputs import prepare
from runs.lifecycle.continuing import refuse_changed, refuse_whole, take_over
from runs.lifecycle.rescues import rescue_user
from runs.lifecycle.slots import Standing, oldest_active, promote, take_slot
from runs.lifecycle.stops import LONGEST_REASON, cancel_now, stop
from runs.lifecycle.transitions import locked, record, record_triggered
from runs.limits import RunLimits, limits_for
from runs.models import AgentRun, EventKind, Schedule, Status, Trigger, User
from runs.storable import storable_text

logger = structlog.stdlib.get_logger(__name__)

OnConflict = Literal["reject", "wait", "replace"]
REPLACED = "replaced"


def trigger(
    user: User,
    agent: str,
    input: Mapping[str, Any],
    *,
    trigger: Trigger = Trigger.DASHBOARD,
    on_conflict: OnConflict = "reject",
    by: User | None = None,
    rerun_of: AgentRun | None = None,
    reason: str = "",
    schedule: Schedule | None = None,
    scheduled_for: datetime | None = None,
    continues: AgentRun | None = None,
) -> AgentRun:
    """Ask for a run of ``agent`` for ``user``; it comes back pending, or waiting.

    ``by`` is who asked, where that is not the user; ``reason`` goes into the history; ``scheduled_for``
    is the time of ``schedule`` that the run is for, if it is for one; ``continues`` is the run whose
    finished parts it takes over. When the user's slots are taken, ``on_conflict`` decides: ``reject``
    raises ``AlreadyRunning``; ``wait`` takes the waiting seat or raises ``SeatTaken``; ``replace`` asks
    the oldest active run to stop
    and takes the seat until it has. Also raises ``UnknownAgent``, ``AgentPaused``,
    ``InvalidInput``, ``NotContinued``, ``RateLimited``, ``QuotaUsedUp`` and ``UserLocked``. Nothing is stored
    or counted when it raises.
    """
    chosen = agents.get(agent)
    limits = limits_for(chosen, user)
    prepared = prepare(chosen, input, user)
    if continues is not None:
        refuse_changed(continues, chosen, prepared)
    run = AgentRun(
        id=uuid.uuid4(),
        user=user,
        agent=chosen.name,
        agent_version=chosen.version,
        trigger=trigger,
        input=prepared.values,
        document=prepared.document,
        policy=prepared.policy,
        policy_hash=prepared.policy_hash,
        rerun_of=rerun_of,
        # A command's and a schedule's come without one: a run can be followed through all logs by it.
        request_id=origin.here().request_id or origin.new_request_id(),
        schedule=schedule,
        scheduled_for=scheduled_for,
        max_attempts=limits.max_attempts,
        backoff_seconds=limits.backoff_seconds,
        **(_kept_of(continues) if continues else {}),
    )
    with locked(user.pk) as owner:
        _place(run, owner, limits, by or user, on_conflict, storable_text(reason, LONGEST_REASON))
        if continues is not None:
            take_over(run, continues)
    if run.status == Status.WAITING:
        # Not any more, perhaps: whom it replaces may have ended at once.
        run.refresh_from_db()
    logger.info(
        "run_triggered",
        run_id=run.pk,
        user_id=run.user_id,
        request_id=run.request_id,
        agent=run.agent,
        status=run.status,
        trigger=run.trigger,
    )
    return run


def rerun(run: AgentRun, *, by: User, on_conflict: OnConflict = "reject", reason: str = "") -> AgentRun:
    """Ask for the same thing again, for the same user. Raises as ``trigger`` does.

    What its user may not run is not run for them by an operator either, who is told so: ``NotAllowed``.
    """
    return _again(run, Trigger.RERUN, by=by, on_conflict=on_conflict, reason=reason)


def continue_run(run: AgentRun, *, by: User, on_conflict: OnConflict = "reject", reason: str = "") -> AgentRun:
    """Ask for the rest of a run that did not come to its end: a new run that takes over what this one has finished.

    Raises as ``rerun`` does, and ``WrongStatus`` and ``NotContinued`` where there is no rest, or what was finished
    would not fit what is asked for now.
    """
    refuse_whole(run)
    return _again(run, Trigger.CONTINUATION, by=by, on_conflict=on_conflict, reason=reason, continues=run)


def _again(run: AgentRun, again: Trigger, *, by: User, **more: Any) -> AgentRun:
    try:
        return trigger(run.user, run.agent, run.input, trigger=again, by=by, rerun_of=run, **more)
    except UnknownAgent:
        if not by.is_operator or run.agent not in agents.AGENTS:
            raise
        raise NotAllowed(f"{run.user} may not run this agent: it is for groups they are not in.") from None


def _kept_of(run: AgentRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("kept_count", "kept_done", "kept_total", "kept_unit")}


def _place(run: AgentRun, owner: User, limits: RunLimits, actor: User, on_conflict: OnConflict, reason: str) -> None:
    standing = Standing.of(owner)
    # Before whoever is in the way: none of the choices then offered would be possible.
    spent = Allowance.of(owner, standing.at).spend()
    if standing.free_slot is None or standing.is_seat_taken:
        # Whoever waits comes first: a slot can be free under them when the user's limit was raised.
        rescue_user(owner)
        standing = Standing.of(owner)
    if on_conflict == "reject" or standing.free_slot is not None:
        take_slot(run, owner, standing, limits.queue)
        run.save(force_insert=True)
        record_triggered(run, reason, actor=actor, spent=spent)
        return
    _clear_seat(run, owner, actor, on_conflict)
    run.status = Status.WAITING
    run.save(force_insert=True)
    record_triggered(run, reason, actor=actor, spent=spent)
    record(run, EventKind.SEATED, "Starts when the active run has ended.")
    if on_conflict == "replace":
        stop(oldest_active(owner), actor, REPLACED, replaced_by(run))
        promote(owner)


def replaced_by(run: AgentRun) -> dict[str, str]:
    """What the event of a run that makes room for ``run`` says of it."""
    return {"replaced_by": str(run.pk)}


def _clear_seat(run: AgentRun, owner: User, actor: User, on_conflict: OnConflict) -> None:
    waiting = AgentRun.objects.waiting().filter(user=owner).first()
    if waiting is None:
        return
    if on_conflict == "wait":
        raise SeatTaken(waiting)
    cancel_now(waiting, actor, REPLACED, replaced_by(run))
