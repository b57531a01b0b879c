"""The only caller of django-q2's interface.

A queue row is a doorbell: it carries a run's id, rings for whichever worker is free,
and says nothing about the run. It may ring twice or get lost; ``lifecycle`` copes with both.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from runs.broker import Broker
from runs.models import Cluster

DELIVER = "runs.worker.deliver"
FORGOTTEN_AFTER = timedelta(hours=1)

# One per pusher process: a restarted pusher is a new cluster row, and the old one falls silent.
_cluster_id = uuid.uuid4()
_cluster_pid = os.getpid()


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
    """Which of these rows are still in the queue."""
    return set(OrmQ.objects.filter(pk__in=queue_rows).values_list("pk", flat=True))


def is_anyone_listening() -> bool:
    """Whether any cluster has shown a sign of life in the last seconds."""
    return Cluster.objects.listening().exists()


def report_cluster() -> None:
    """Say that this cluster lives. Called by its pusher about once a second."""
    global _cluster_id, _cluster_pid
    if _cluster_pid != os.getpid():
        _cluster_id, _cluster_pid = uuid.uuid4(), os.getpid()
    if not Cluster.objects.filter(pk=_cluster_id).update(last_seen_at=Now()):
        Cluster.objects.filter(last_seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
        Cluster.objects.create(
            id=_cluster_id,
            host=socket.gethostname(),
            pid=os.getppid(),
            version=settings.VERSION,
            worker_count=Conf.WORKERS,
        )
