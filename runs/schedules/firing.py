"""Triggering what is due.

Every cluster's pusher looks about once a second, beside its other chores. Exactly one run comes
of each time of a schedule: whoever serves it holds the schedule's row, sees that the time still
stands in it, triggers, and moves the row on to the next time, all in one transaction. Who
comes second finds another time there; who dies half way has done nothing. The constraint
``run_once_per_scheduled_time`` keeps the same promise should this module be wrong.

Times that went by while nothing ran are caught up with one run for the first of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from runs import audit, lifecycle
from runs.errors import AgentSiteError, NotAllowed, UserLocked
from runs.models import Schedule, Trigger
from runs.models.run import database_now
from runs.schedules.checks import DEACTIVATED, LASTING, check_again, sentence_of
from runs.schedules.keeping import overlap_of
from runs.schedules.times import NotATime, Rhythm

logger = structlog.stdlib.get_logger(__name__)

AT_ONCE: Final = 20
"""Schedules served in one look, so that the pusher is soon back at its messages."""
CHECKED_AT_ONCE: Final = 5
CHECKED_EVERY: Final = timedelta(hours=1)


def fire(now: datetime | None = None) -> int:
    """Trigger what is due, and check what has not been checked for long; how many times were served.

    Who is busy changing their runs gets their turn a second later.
    """
    moment: datetime = now or database_now()
    due = Schedule.objects.filter(next_run_at__lte=moment).order_by("next_run_at").only("next_run_at")
    served = sum(_serve(schedule.pk, schedule.next_run_at, moment) for schedule in due[:AT_ONCE])
    unchecked = Schedule.objects.filter(paused_at__isnull=True, checked_at__lt=moment - CHECKED_EVERY)
    for schedule in unchecked.select_related("user").order_by("checked_at")[:CHECKED_AT_ONCE]:
        check_again(schedule, moment)
    return served


def _serve(pk: UUID, due_at: datetime | None, now: datetime) -> bool:
    """Serve one time of one schedule, unless somebody else does or has."""
    assert due_at is not None
    try:
        with transaction.atomic():
            return _trigger(pk, due_at, now)
    except UserLocked:
        return False
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # One that nobody can serve must not stand in the way of those behind it for ever.
        logger.exception("schedule_not_served", schedule_id=pk)
    with transaction.atomic():
        schedule = _claim(pk, due_at)
        if schedule is not None:
            _refuse(schedule, "site_fault", "The site failed to trigger the run. Its operators can see why.", now)
            _move_on(schedule, due_at, now)
    return False


def _trigger(pk: UUID, due_at: datetime, now: datetime) -> bool:
    schedule = _claim(pk, due_at)
    if schedule is None:
        return False
    if schedule.last_due_at is None or due_at > schedule.last_due_at:
        try:
            if not schedule.user.is_active:
                raise NotAllowed(DEACTIVATED)
            run = lifecycle.trigger(
                schedule.user,
                schedule.agent,
                schedule.input,
                trigger=Trigger.SCHEDULE,
                on_conflict=overlap_of(schedule),
                schedule=schedule,
                scheduled_for=due_at,
                reason=_reason(schedule, due_at, now),
            )
        except UserLocked:
            raise
        except AgentSiteError as refusal:
            _refuse(schedule, refusal.code, sentence_of(refusal, schedule), now)
        else:
            schedule.last_run, schedule.last_triggered_at = run, now
            schedule.last_refusal = schedule.last_refusal_code = ""
            schedule.refusal_count = schedule.lasting_refusal_count = 0
    _move_on(schedule, due_at, now)
    return True


def _claim(pk: UUID, due_at: datetime) -> Schedule | None:
    """The schedule, its row locked, if this time of it is still to be served and nobody is about to."""
    rows = Schedule.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return rows.select_related("user").filter(pk=pk, next_run_at=due_at).first()


def _reason(schedule: Schedule, due_at: datetime, now: datetime) -> str:
    """What the history of the run says."""
    missed = Rhythm(schedule.cron, schedule.time_zone).missed(due_at, now)
    if not missed:
        return f"Scheduled: {schedule.name}"
    count = "another time" if missed == 1 else f"{missed} other times"
    return f"Scheduled: {schedule.name}. Due at {due_at:%Y-%m-%d %H:%M} UTC, and for {count} missed since"


def _refuse(schedule: Schedule, code: str, sentence: str, now: datetime) -> None:
    """Say why no run came of this time; pause the schedule after too many refusals that will not mend."""
    schedule.last_refused_at, schedule.last_refusal_code, schedule.last_refusal = now, code, sentence
    schedule.refusal_count += 1
    if code in LASTING:
        schedule.lasting_refusal_count += 1
    logger.info("schedule_refused", schedule_id=schedule.pk, code=code)
    if schedule.lasting_refusal_count >= settings.SCHEDULE_PAUSES_AFTER:
        _pause(schedule, f"Refused {schedule.lasting_refusal_count} times. {sentence}", now)


def _pause(schedule: Schedule, reason: str, now: datetime) -> None:
    schedule.paused_at, schedule.paused_reason, schedule.next_run_at = now, reason[:300], None
    audit.record("schedule.paused", subject=schedule, name=schedule.name, reason=reason)
    logger.warning("schedule_paused_itself", schedule_id=schedule.pk)


def _move_on(schedule: Schedule, due_at: datetime, now: datetime) -> None:
    """Write it, and when it is due next."""
    schedule.last_due_at = due_at
    if not schedule.is_paused:
        try:
            following = Rhythm.parse(schedule.cron, schedule.time_zone).after(max(now, due_at))
        except NotATime as error:
            _pause(schedule, str(error), now)
        else:
            if following is None:
                _pause(schedule, "There is no such day in the next fifty years.", now)
            else:
                schedule.next_run_at = following
    schedule.save(update_fields=WRITTEN)


WRITTEN: Final[tuple[str, ...]] = (
    "next_run_at",
    "paused_at",
    "paused_reason",
    "last_due_at",
    "last_triggered_at",
    "last_run",
    "last_refused_at",
    "last_refusal_code",
    "last_refusal",
    "refusal_count",
    "lasting_refusal_count",
)
