"""The only caller of django-q2's interface.

A queue row is a doorbell: it carries a run's id, rings for whichever worker is free,
and says nothing about the run. It may ring twice or get lost; ``lifecycle`` copes with both.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, QuerySet, Sum
from django.db.models.functions import Coalesce, Now
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from runs.broker import Broker, cluster
from runs.broker.messages import parked_key
from runs.models import AgentRun, Cluster

DELIVER = "runs.worker.deliver"
FORGOTTEN_AFTER = timedelta(hours=1)


def enqueue(run_id: UUID, delay: timedelta = timedelta()) -> int:
    """Have a worker called for the run, after ``delay``; the id of the queue row.

    Part of the caller's transaction: nobody is called before it commits.
    """
    broker = Broker(delay=delay)
    async_task(DELIVER, str(run_id), broker=broker)
    assert broker.last_row is not None
    return broker.last_row


def withdraw(queue_row: int | None) -> None:
    """Take a run's row out of the queue, if it is still there."""
    if queue_row is not None:
        OrmQ.objects.filter(pk=queue_row).delete()


def existing(queue_rows: Collection[int]) -> set[int]:
    """Which of these rows are still in the queue, and not parked: those will call a worker some time."""
    in_queue = OrmQ.objects.filter(pk__in=queue_rows, key=Conf.CLUSTER_NAME)
    return set(in_queue.values_list("pk", flat=True))


def parked_count() -> int:
    """How many messages could not be delivered and are kept to be looked at.

    Their runs, where they had any, are enqueued again by ``lifecycle.rescue``.
    """
    count: int = OrmQ.objects.filter(key=parked_key(Conf.CLUSTER_NAME)).count()
    return count


def exit_code_of(worker_pid: int) -> int | None:
    """How a worker of the cluster that asks has ended, minus the number of its signal; None where nobody knows."""
    return cluster.exit_code_of(worker_pid)


def is_anyone_listening() -> bool:
    """Whether any cluster has shown a sign of life in the last seconds."""
    return Cluster.objects.listening().exists()


def with_listening(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    """``runs``, each knowing as ``is_anyone_listening`` what a query of its own would say."""
    return runs.annotate(is_anyone_listening=Exists(Cluster.objects.listening()))


@dataclass(frozen=True, slots=True)
class Capacity:
    """The workers of all clusters that listen."""

    worker_count: int
    busy_count: int

    @property
    def is_listening(self) -> bool:
        return self.worker_count > 0

    @property
    def idle_count(self) -> int:
        return max(self.worker_count - self.busy_count, 0)


def capacity() -> Capacity:
    """How many workers there are, and how many of them have a run."""
    sums = Cluster.objects.listening().aggregate(
        workers=Coalesce(Sum("worker_count"), 0), busy=Coalesce(Sum("busy_count"), 0)
    )
    return Capacity(sums["workers"], sums["busy"])


def report_cluster() -> None:
    """Say that this cluster lives. Called by its pusher about once a second."""
    here = cluster.here()
    facts = {"busy_count": len(here.deliveries.busy_workers), "last_seen_at": Now()}
    if not Cluster.objects.filter(pk=here.id).update(**facts):
        Cluster.objects.filter(last_seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
        Cluster.objects.create(
            id=here.id,
            host=socket.gethostname(),
            pid=here.main_pid,
            version=settings.VERSION,
            worker_count=Conf.WORKERS,
            **facts,
        )


def report_leaving() -> None:
    """Say that this cluster takes no more runs. Called by its pusher, the last time it is called."""
    Cluster.objects.filter(pk=cluster.here().id).update(is_draining=True, last_seen_at=Now())
