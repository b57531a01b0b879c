"""Whether the queue and the runs agree: a doorbell for every pending run, a run for every doorbell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from runs import lifecycle, queue
from runs.broker.messages import fault as fault_of
from runs.broker.messages import parked_key, signed_anew
from runs.doctor.findings import Finding, Repair, counted, fine, sentence, trouble
from runs.models import AgentRun, Status
from runs.models.run import database_now

MOST_MESSAGES = 1000
RUNG_WITHIN = timedelta(seconds=10)
"""A message without a run that came due less than this ago is about to be taken and dropped."""


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the queue. ``run_id`` is None where it cannot be read; ``fault`` then says why."""

    row: int
    key: str
    lock: datetime | None
    run_id: UUID | None
    fault: str

    def __str__(self) -> str:
        return f"queue row {self.row}"


def live_messages(most: int = MOST_MESSAGES) -> list[Message]:
    """What workers will be called for, oldest first."""
    return [_read(row) for row in OrmQ.objects.filter(key=Conf.CLUSTER_NAME).order_by("lock", "id")[:most]]


def parked_messages(most: int = MOST_MESSAGES) -> list[Message]:
    """What no worker could be called for and was put aside, newest first."""
    return [_read(row) for row in OrmQ.objects.exclude(key=Conf.CLUSTER_NAME).order_by("-id")[:most]]


def _read(row: OrmQ) -> Message:
    payload = signed_anew(row.payload)
    fault = fault_of(payload)
    if fault:
        return Message(row.pk, row.key, row.lock, None, fault)
    try:
        (run_id,) = SignedPackage.loads(payload)["args"]
        return Message(row.pk, row.key, row.lock, UUID(run_id), "")
    except (TypeError, ValueError):
        return Message(row.pk, row.key, row.lock, None, "it is for no run")


def doorbells(sample: int) -> Finding:
    """Every pending run has a row in the queue."""
    rows = OrmQ.objects.filter(pk=OuterRef("queue_row"), key=Conf.CLUSTER_NAME)
    pending = AgentRun.objects.filter(status=Status.PENDING)
    # One statement: a run that starts between two would seem to have lost its row.
    unheard = list(pending.exclude(Exists(rows)).only("agent", "queue_row"))
    if unheard:
        return trouble(
            f"{sentence(counted(unheard, 'pending run'))} without a row in the queue.",
            unheard,
            repair=Repair(
                tuple(f"Enqueues {run} again." for run in unheard),
                lambda: _enqueue_again([run.queue_row for run in unheard]),
            ),
        )
    return fine(f"Every pending run has its row in the queue ({counted(pending.count(), 'pending run')}).")


def _enqueue_again(rows: Iterable[int | None]) -> None:
    """Take away rows that were put aside, so that ``rescue`` sees that the runs have none."""
    for row in rows:
        queue.withdraw(row)
    lifecycle.rescue()


def orphans(sample: int) -> Finding:
    """Every row of the queue calls a worker for a run that is pending or running."""
    now = database_now()
    messages = [message for message in live_messages() if message.run_id is not None]
    active = set(
        AgentRun.objects.active().filter(pk__in=[message.run_id for message in messages]).values_list("pk", flat=True)
    )
    lost = [message for message in messages if message.run_id not in active and not _is_in_hand(message, now)]
    if lost:
        cases = [f"{message}: run {message.run_id} is not active" for message in lost]
        plan = tuple(f"Deletes {case}." for case in cases)
        return trouble(
            f"{sentence(counted(lost, 'row'))} in the queue for no active run.",
            cases,
            repair=Repair(plan, lambda: _delete(lost)),
        )
    return fine(f"Every row of the queue is for a pending or running run ({counted(messages, 'row')}).")


def _is_in_hand(message: Message, now: datetime) -> bool:
    """Whether a worker has it, or takes and drops it any moment."""
    return message.lock is not None and now - RUNG_WITHIN < message.lock <= now + timedelta(seconds=Conf.RETRY)


def _delete(messages: Iterable[Message]) -> None:
    for message in messages:
        # Only as it was seen: a worker may have taken it since.
        OrmQ.objects.filter(pk=message.row, lock=message.lock).delete()


def signatures(sample: int) -> Finding:
    """Every message can be read: it is whole, and signed with this SECRET_KEY."""
    messages = live_messages()
    unreadable = [message for message in messages if message.run_id is None]
    if not unreadable:
        return fine(f"Every message in the queue can be read with this SECRET_KEY ({counted(messages, 'message')}).")
    rows = [message.row for message in unreadable]
    pending = list(AgentRun.objects.filter(status=Status.PENDING, queue_row__in=rows).only("agent", "queue_row"))
    plan = tuple(f"Deletes queue row {run.queue_row} and enqueues {run} again." for run in pending)
    return trouble(
        f"{sentence(counted(unreadable, 'message'))} cannot be read: not ours, or SECRET_KEY has changed.",
        [f"{message}: {message.fault}" for message in unreadable],
        remedy="Give the same SECRET_KEY to every process of the site" if pending else "",
        repair=Repair(plan, lambda: _enqueue_again([run.queue_row for run in pending])) if pending else None,
    )


def parked(sample: int) -> Finding:
    """No message has been put aside as undeliverable, and none is for nobody."""
    messages = parked_messages()
    if not messages:
        return fine("No message has been put aside.")
    ours = [message for message in messages if message.key == parked_key(Conf.CLUSTER_NAME)]
    plan = tuple(f"Deletes {message}, put aside because of {message.fault or 'nothing any more'}." for message in ours)
    return trouble(
        f"{sentence(counted(messages, 'message'))} put aside: no worker could be called with it. "
        "A run that it was for has been enqueued again.",
        [f"{message} ({message.key}): {message.fault or f'run {message.run_id}'}" for message in messages],
        remedy="Find out who wrote them; then they can go",
        repair=Repair(plan, lambda: _clear_away(ours)) if ours else None,
    )


def _clear_away(messages: Iterable[Message]) -> None:
    lifecycle.rescue()  # A run that still names one of them is given another first.
    _delete(messages)
