"""How the site is."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from runs.doctor import Figures, ShownCluster, Verdict
from runs.models import Drill
from runs.schemas.base import Moment


class ClusterShape(Schema):
    """Workers of one ``qcluster``."""

    id: UUID
    host: str = Field(examples=["worker-1"])
    pid: int = Field(examples=[4711])
    version: str = Field(examples=["0.1.0"])
    worker_count: int = Field(examples=[4])
    busy_count: int = Field(examples=[1])
    is_listening: bool
    started_at: Moment
    last_seen_at: Moment

    @classmethod
    def of(cls, shown: ShownCluster) -> ClusterShape:
        cluster = shown.cluster
        return cls(
            id=cluster.pk,
            host=cluster.host,
            pid=cluster.pid,
            version=cluster.version,
            worker_count=cluster.worker_count,
            busy_count=cluster.busy_count,
            is_listening=shown.is_listening,
            started_at=cluster.started_at,
            last_seen_at=cluster.last_seen_at,
        )


class DrillShape(Schema):
    """What was measured when something was killed on purpose."""

    started_at: Moment
    ended_at: Moment
    is_within_budgets: bool | None
    results: list[dict[str, Any]] = Field(description="One for each fault, with the seconds it took.")


class SiteStatus(Schema):
    """How busy the site is. Counts end at 10,000."""

    verdict: Literal["success", "warning", "danger"] = Field(description="How grave the gravest thing to say is.")
    sentence: str = Field(examples=["Everything is well: 4 workers, nothing waits."])
    worker_count: int = Field(description="How many runs can be carried out at once.", examples=[4])
    busy_count: int = Field(examples=[1])
    running_count: int = Field(examples=[1])
    due_count: int = Field(description="Runs that wait for a worker.", examples=[0])
    backoff_count: int = Field(description="Runs that wait for their next attempt.", examples=[0])
    waiting_count: int = Field(description="Runs that wait for their user's own slot.", examples=[0])
    oldest_wait_seconds: float | None = Field(description="Of the runs that wait for a worker.", examples=[None])
    ended_last_hour_count: int = Field(examples=[42])
    failed_last_hour_count: int = Field(examples=[1])
    queue_length: int = Field(examples=[1])
    parked_count: int = Field(description="Messages that could not be delivered.", examples=[0])
    clusters: list[ClusterShape]
    last_drill: DrillShape | None

    @classmethod
    def of(cls, figures: Figures, drill: Drill | None) -> SiteStatus:
        verdict = Verdict.on(figures)
        return cls(
            verdict=verdict.tone,
            sentence=verdict.sentence,
            worker_count=figures.worker_count,
            busy_count=figures.busy_count,
            running_count=figures.running_count,
            due_count=figures.due_count,
            backoff_count=figures.backoff_count,
            waiting_count=figures.waiting_count,
            oldest_wait_seconds=figures.oldest_wait.total_seconds() if figures.oldest_wait is not None else None,
            ended_last_hour_count=figures.ended_count,
            failed_last_hour_count=figures.failed_count,
            queue_length=figures.queue_length,
            parked_count=len(figures.parked),
            clusters=[ClusterShape.of(shown) for shown in figures.clusters],
            last_drill=DrillShape.model_validate(drill) if drill is not None else None,
        )


class StatusShape(Schema):
    """Whether runs are carried out; for operators, how the whole site is."""

    is_anyone_listening: bool = Field(description="Whether any worker is there to carry out runs.", examples=[True])
    site: SiteStatus | None = Field(description="For operators; null for others.")
