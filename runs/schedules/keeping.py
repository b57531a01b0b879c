"""Making a schedule, changing, pausing, resuming, deleting and running it: the one way, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from runs import audit, lifecycle
from runs.agents.base import Agent
from runs.errors import InvalidInput, NotAllowed, NotFound, ReasonMissing, ScheduleRefused
from runs.inputs import fields_of_format
from runs.lifecycle import OnConflict
from runs.limits import permitted_agent
from runs.models import AgentRun, Document, Schedule, Trigger, User
from runs.models.run import database_now
from runs.schedules.checks import check_again, refuse_unless_runnable
from runs.schedules.times import NotATime, Rhythm
from runs.storable import json_size, storable_json, storable_text

logger = structlog.stdlib.get_logger(__name__)

MOST: Final = 50
"""For each user."""
LARGEST: Final = 512 * 1024
LONGEST_NAME: Final = 60
LONGEST_REASON: Final = 200
UNREFUSED: Final = {"refusal_count": 0, "lasting_refusal_count": 0}
PAYLOADS: Final = ("input", "last_run__input", "last_run__output", "last_run__traceback")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a schedule. ``input`` is what the agent's form holds."""

    name: str
    agent: str
    input: Mapping[str, Any]
    cron: str
    time_zone: str = "UTC"
    on_conflict: OnConflict = "reject"


def own(user: User) -> QuerySet[Schedule]:
    """The schedules of ``user`` by name, with what a list shows of them and without their inputs."""
    found = Schedule.objects.filter(user=user).select_related("user", "document", "last_run", "paused_by")
    return found.defer(*PAYLOADS)


def troubled(user: User) -> QuerySet[Schedule]:
    """Those of ``user`` that have paused themselves, or that would be refused if they were due."""
    in_trouble = Q(paused_at__isnull=False, paused_by__isnull=True) | Q(paused_at__isnull=True) & ~Q(fault="")
    return Schedule.objects.filter(in_trouble, user=user).only("name")


def create(user: User, wish: Wish, now: datetime | None = None) -> Schedule:
    """Keep ``wish`` as a new schedule of ``user``'s, from now on.

    Raises ``UnknownAgent``, and ``ScheduleRefused`` with an entry for every fault.
    """
    moment = now or database_now()
    facts = _checked(user, wish, moment)
    with transaction.atomic():
        # The row of the user, so that of many requests at once none goes beyond the limit.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if Schedule.objects.filter(user=user).count() >= MOST:
            raise ScheduleRefused([_fault("name", f"You have {MOST} schedules: delete one first.")])
        schedule = Schedule.objects.create(user=user, agent=wish.agent, **facts)
        _note("created", schedule, user, cron=schedule.cron, agent=schedule.agent)
    check_again(schedule, moment)
    logger.info("schedule_created", schedule_id=schedule.pk, user_id=user.pk, agent=schedule.agent)
    return schedule


def change(schedule: Schedule, wish: Wish, now: datetime | None = None) -> Schedule:
    """Have ``schedule`` be as ``wish`` says; its agent stays. Raises ``ScheduleRefused``.

    A paused one stays paused. When the next run is due is counted from now.
    """
    moment = now or database_now()
    facts = _checked(schedule.user, wish, moment)
    with transaction.atomic():
        kept = _locked(schedule)
        if kept.is_paused:
            facts["next_run_at"] = None
        _write(kept, **facts, **UNREFUSED)
        _note("changed", kept, kept.user, cron=kept.cron)
    check_again(kept, moment)
    logger.info("schedule_changed", schedule_id=kept.pk, agent=kept.agent)
    return kept


def pause(schedule: Schedule, *, by: User, reason: str = "", now: datetime | None = None) -> Schedule:
    """Trigger nothing more for now. Pausing twice is harmless. Who pauses another's has to say why.

    Raises ``ReasonMissing``.
    """
    why = storable_text(reason.strip(), LONGEST_REASON)
    if not why and by.pk != schedule.user_id:
        raise ReasonMissing
    with transaction.atomic():
        kept = _locked(schedule)
        if kept.is_paused:
            return kept
        _write(kept, paused_at=now or database_now(), paused_by=by, paused_reason=why, next_run_at=None)
        _note("paused", kept, by, reason=why)
    logger.info("schedule_paused", schedule_id=kept.pk, user_id=by.pk)
    return kept


def resume(schedule: Schedule, *, by: User, now: datetime | None = None) -> Schedule:
    """Go on, from the next time on: what was missed meanwhile is not caught up.

    Resuming twice is harmless. Raises ``NotAllowed`` where an operator has paused it and its
    owner asks, and ``ScheduleRefused`` where its time zone is no longer known.
    """
    moment = now or database_now()
    with transaction.atomic():
        kept = _locked(schedule)
        if not kept.is_paused:
            return kept
        if kept.paused_by_id not in (None, kept.user_id) and not by.is_operator:
            raise NotAllowed("An operator has paused this schedule: only they can resume it.")
        first = _first(kept.cron, kept.time_zone, moment)
        _write(kept, paused_at=None, paused_by=None, paused_reason="", next_run_at=first, **UNREFUSED)
        _note("resumed", kept, by)
    check_again(kept, moment)
    logger.info("schedule_resumed", schedule_id=kept.pk, user_id=by.pk)
    return kept


def delete(schedule: Schedule) -> None:
    """Let it go. Its runs stay."""
    with transaction.atomic():
        Schedule.objects.filter(pk=schedule.pk).delete()
        _note("deleted", schedule, schedule.user)
    logger.info("schedule_deleted", schedule_id=schedule.pk)


def run_now(schedule: Schedule, *, trigger: Trigger, on_conflict: OnConflict | None = None) -> AgentRun:
    """Trigger a run of it at once, besides its times. Raises as ``lifecycle.trigger`` does."""
    chosen = on_conflict or overlap_of(schedule)
    run = lifecycle.trigger(
        schedule.user, schedule.agent, schedule.input, trigger=trigger, on_conflict=chosen, schedule=schedule
    )
    served = {"last_run": run, "last_triggered_at": run.created_at}
    Schedule.objects.filter(pk=schedule.pk).update(**served, last_refusal="", last_refusal_code="")
    return run


def overlap_of(schedule: Schedule) -> OnConflict:
    """What it does while another run of its user's is active."""
    chosen: OnConflict = next(each for each in get_args(OnConflict) if each == schedule.on_conflict)
    return chosen


def _checked(user: User, wish: Wish, now: datetime) -> dict[str, Any]:
    """The columns of ``wish``. Raises ``ScheduleRefused`` with all that is wrong with it."""
    faults: list[dict[str, Any]] = []
    name = storable_text(" ".join(wish.name.split()))
    if not name:
        faults.append(_fault("name", "Please give it a name."))
    elif len(name) > LONGEST_NAME:
        faults.append(_fault("name", f"Please give it a name of at most {LONGEST_NAME} characters."))
    if wish.on_conflict not in get_args(OnConflict):
        faults.append(_fault("on_conflict", "Please choose one of reject, wait and replace."))
    next_run_at = None
    try:
        next_run_at = _first(wish.cron, wish.time_zone, now)
    except ScheduleRefused as refusal:
        faults.extend(dict(error) for error in refusal.errors)
    chosen, input = permitted_agent(user, wish.agent), _input(wish, faults)
    try:
        refuse_unless_runnable(user, wish.agent, input)
    except InvalidInput as refusal:
        faults += [{**error, "loc": ("input", *error["loc"])} for error in refusal.errors]
    if faults:
        raise ScheduleRefused(faults)
    rhythm = Rhythm.parse(wish.cron, wish.time_zone)
    return {
        "name": name,
        "input": input,
        "document": _document(user, chosen, input),
        "cron": rhythm.cron,
        "time_zone": rhythm.time_zone,
        "on_conflict": wish.on_conflict,
        "next_run_at": next_run_at,
    }


def _first(cron: str, time_zone: str, now: datetime) -> datetime:
    """The first time after now. Raises ``ScheduleRefused``."""
    faults = []
    # Both are looked at, whichever is wrong.
    for given in ((cron, "UTC"), ("0 0 * * *", time_zone)):
        try:
            Rhythm.parse(*given)
        except NotATime as error:
            faults.append(_fault(error.field, str(error)))
    if faults:
        raise ScheduleRefused(faults)
    rhythm = Rhythm.parse(cron, time_zone)
    first = rhythm.after(now)
    if first is None:
        raise ScheduleRefused([_fault("cron", "There is no such day in the next fifty years.")])
    shortest = settings.SCHEDULE_SHORTEST_SECONDS
    if shortest > 60 and rhythm.shortest(now).total_seconds() < shortest:
        raise ScheduleRefused([_fault("cron", f"This is too often: at most every {_span(shortest)}.")])
    return first


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds % 60 == 0 else f"{seconds} seconds"


def _input(wish: Wish, faults: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        input: dict[str, Any] = storable_json(wish.input)
    except ValueError as error:
        faults.append(_fault("input", str(error)))
        return {}
    if json_size(input) > LARGEST:
        faults.append(_fault("input", f"This is too large to be kept: at most {LARGEST // 1024} KB can be."))
    return input


def _document(user: User, agent: Agent[Any, Any], input: Mapping[str, Any]) -> Document | None:
    """The document that ``input``, which has been checked, names."""
    for field in fields_of_format(agent, "document"):
        with suppress(ValueError):
            return Document.objects.filter(pk=UUID(str(input.get(field))), owner=user).first()
    return None


def _fault(field: str, sentence: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": (field,), "msg": sentence, "input": None}


def _note(what: str, schedule: Schedule, actor: User, **details: Any) -> None:
    audit.record(f"schedule.{what}", actor=actor, subject=schedule, name=schedule.name, **details)


def _locked(schedule: Schedule) -> Schedule:
    """The schedule as it stands now, its row locked: nobody triggers it meanwhile. Raises ``NotFound``."""
    rows = Schedule.objects.select_for_update(no_key=True, of=("self",)).select_related("user", "document")
    kept = rows.filter(pk=schedule.pk).first()
    if kept is None:
        raise NotFound("There is no such schedule.")
    return kept


def _write(schedule: Schedule, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(schedule, name, value)
    schedule.save(update_fields=list(changes))
