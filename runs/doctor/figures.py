"""How busy the site is, and which of its runs somebody should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles

from django.conf import settings
from django.db import connection
from django.db.models import F
from django_q.conf import Conf
from django_q.models import OrmQ

from runs.doctor.messages import Message, parked_messages
from runs.models import AgentRun, Cluster, Status
from runs.models.run import database_now

COUNTED_AT_MOST = 10_000
SHOWN_AT_MOST = 20
SHOWN_AFTER_SILENCE = timedelta(minutes=10)
EARLIER_RUNS = 100
FEWEST_EARLIER_RUNS = 10
"""Of fewer, nobody can say what is usual."""
LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ShownCluster:
    """A cluster, and whether it takes runs."""

    cluster: Cluster
    is_listening: bool


@dataclass(frozen=True, slots=True)
class SuspiciousRun:
    """A running run that is not lost, but not as it should be."""

    run: AgentRun
    reason: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The site at one moment. Counts end at ``COUNTED_AT_MOST``."""

    clusters: Sequence[ShownCluster]
    queue_length: int
    oldest_wait: timedelta | None
    pending_count: int
    running_count: int
    waiting_count: int
    parked: Sequence[Message]
    suspicious: Sequence[SuspiciousRun]
    database_bytes: int

    @classmethod
    def now(cls) -> Figures:
        """Read them. Nothing is kept, so nothing can be out of date."""
        return cls(
            clusters=_clusters(),
            queue_length=OrmQ.objects.filter(key=Conf.CLUSTER_NAME)[:COUNTED_AT_MOST].count(),
            oldest_wait=_oldest_wait(),
            pending_count=_count(Status.PENDING),
            running_count=_count(Status.RUNNING),
            waiting_count=_count(Status.WAITING),
            parked=parked_messages(SHOWN_AT_MOST),
            suspicious=_suspicious()[:SHOWN_AT_MOST],
            database_bytes=_database_bytes(),
        )

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


def _clusters() -> list[ShownCluster]:
    alive = set(Cluster.objects.listening().values_list("pk", flat=True))
    lately = Cluster.objects.filter(last_seen_at__gt=database_now() - SHOWN_AFTER_SILENCE)
    shown = [ShownCluster(row, row.pk in alive) for row in lately.order_by("-last_seen_at")[:SHOWN_AT_MOST]]
    return sorted(shown, key=lambda each: (not each.is_listening, each.cluster.host, each.cluster.pid))


def _count(status: Status) -> int:
    return AgentRun.objects.filter(status=status)[:COUNTED_AT_MOST].count()


def _oldest_wait() -> timedelta | None:
    """How long the run that is next has been waiting for a worker."""
    now = database_now()
    due = AgentRun.objects.filter(status=Status.PENDING, due_at__lte=now).order_by("due_at")
    oldest = due.values_list("due_at", flat=True).first()
    return now - oldest if oldest is not None else None


def _suspicious() -> list[SuspiciousRun]:
    now = database_now()
    silence = timedelta(seconds=settings.LEASE_SECONDS / 2)
    running = AgentRun.objects.filter(status=Status.RUNNING).select_related("user").order_by("lease_expires_at")
    runs = list(running.defer("input", "output", "traceback")[:COUNTED_AT_MOST])
    usual = {agent: _usual_span(agent) for agent in {run.agent for run in runs}}
    found = []
    for run in runs:
        span = usual[run.agent]
        if run.lease_expires_at is not None and run.lease_expires_at < now + silence:
            silent = now - run.lease_expires_at + timedelta(seconds=settings.LEASE_SECONDS)
            found.append(SuspiciousRun(run, f"silent for {silent.total_seconds():.0f} s"))
        elif span is not None and run.started_at is not None and now - run.started_at > span:
            found.append(SuspiciousRun(run, f"nine of ten runs take at most {span.total_seconds():.0f} s"))
    return found


def _usual_span(agent: str) -> timedelta | None:
    """What nine of ten completed runs of the agent took at most; None where there were too few."""
    completed = AgentRun.objects.filter(
        agent=agent,
        status=Status.COMPLETED,
        created_at__gt=database_now() - LOOKED_BACK,
        started_at__isnull=False,
        adopted_from__isnull=True,
    )
    newest = completed.order_by("-created_at", "-id").values_list(F("completed_at") - F("started_at"), flat=True)
    spans = [span.total_seconds() for span in newest[:EARLIER_RUNS]]
    if len(spans) < FEWEST_EARLIER_RUNS:
        return None
    # Rounded up to a second: what takes a blink is not worth a warning after two.
    return timedelta(seconds=max(quantiles(spans, n=10)[-1], 1.0))


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
