"""How busy the site is at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django_q.conf import Conf
from django_q.models import OrmQ

from runs.doctor.messages import Message, parked_messages
from runs.doctor.suspicions import SuspiciousRun, suspicious_runs
from runs.models import AgentRun, Cluster, Status
from runs.models.run import database_now

COUNTED_AT_MOST = 10_000
SHOWN_AT_MOST = 20
SHOWN_AFTER_SILENCE = timedelta(minutes=10)
KILL_PATIENCE = timedelta(seconds=10)
"""From the end of a drain to the end of a cluster, at the most."""
LIVE = "agentsite-live"
"""The name under which live processes listen to the database."""


@dataclass(frozen=True, slots=True)
class ShownCluster:
    """A cluster; whether it takes runs, and whether it still finishes what it has."""

    cluster: Cluster
    is_listening: bool
    is_draining: bool = False

    @property
    def idle_count(self) -> int:
        return max(self.cluster.worker_count - self.cluster.busy_count, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """The site at one moment. Counts end at ``COUNTED_AT_MOST``.

    ``due_count`` runs wait for a worker, the oldest for ``oldest_wait``; ``backoff_count`` for
    their next attempt; ``waiting_count`` for their users' own slot. ``ended_count`` and
    ``failed_count`` are of the last hour.
    """

    clusters: Sequence[ShownCluster]
    queue_length: int
    oldest_wait: timedelta | None
    due_count: int
    backoff_count: int
    running_count: int
    waiting_count: int
    ended_count: int
    failed_count: int
    live_count: int
    parked: Sequence[Message]
    suspicious: Sequence[SuspiciousRun]

    @classmethod
    def now(cls) -> Figures:
        """Read them. Nothing is kept, so nothing can be out of date."""
        now = database_now()
        pending = AgentRun.objects.filter(status=Status.PENDING)
        oldest = pending.filter(due_at__lte=now).order_by("due_at").values_list("due_at", flat=True).first()
        hour = AgentRun.objects.filter(completed_at__gt=now - timedelta(hours=1)).aggregate(
            ended=Count("completed_at"), failed=Count("completed_at", filter=Q(status=Status.FAILED))
        )
        return cls(
            clusters=_clusters(),
            queue_length=OrmQ.objects.filter(key=Conf.CLUSTER_NAME)[:COUNTED_AT_MOST].count(),
            oldest_wait=now - oldest if oldest is not None else None,
            due_count=pending.filter(due_at__lte=now)[:COUNTED_AT_MOST].count(),
            backoff_count=pending.filter(due_at__gt=now)[:COUNTED_AT_MOST].count(),
            running_count=_count(Status.RUNNING),
            waiting_count=_count(Status.WAITING),
            ended_count=hour["ended"],
            failed_count=hour["failed"],
            live_count=_live_count(),
            parked=parked_messages(SHOWN_AT_MOST),
            suspicious=suspicious_runs(),
        )

    @property
    def pending_count(self) -> int:
        return self.due_count + self.backoff_count

    @property
    def worker_count(self) -> int:
        """How many runs can be carried out at once."""
        return sum(shown.cluster.worker_count for shown in self.clusters if shown.is_listening)

    @property
    def busy_count(self) -> int:
        """How many of these workers have a run."""
        return sum(shown.cluster.busy_count for shown in self.clusters if shown.is_listening)

    @property
    def listening_count(self) -> int:
        return sum(shown.is_listening for shown in self.clusters)

    @property
    def ended_per_minute(self) -> float:
        return self.ended_count / 60

    @property
    def failed_share(self) -> float:
        """Of one; 0 where nothing has ended."""
        return self.failed_count / self.ended_count if self.ended_count else 0.0


def _clusters() -> list[ShownCluster]:
    now = database_now()
    alive = set(Cluster.objects.listening().values_list("pk", flat=True))
    drained_by = now - timedelta(seconds=settings.DRAIN_SECONDS) - KILL_PATIENCE
    lately = Cluster.objects.filter(last_seen_at__gt=now - SHOWN_AFTER_SILENCE)
    shown = [
        ShownCluster(row, row.pk in alive, row.is_draining and row.last_seen_at > drained_by)
        for row in lately.order_by("-last_seen_at")[:SHOWN_AT_MOST]
    ]
    return sorted(shown, key=lambda each: (not each.is_listening, each.cluster.host, each.cluster.pid))


def _count(status: Status) -> int:
    return AgentRun.objects.filter(status=status)[:COUNTED_AT_MOST].count()


def _live_count() -> int:
    """How many live processes listen for changes. The database knows, wherever they run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            [LIVE],
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
