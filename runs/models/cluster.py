"""The clusters of workers that listen to the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

SILENCE_BEFORE_GONE = timedelta(seconds=10)


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def listening(self) -> ClusterQuerySet:
        """Clusters that showed a sign of life lately, by the database's clock."""
        return self.filter(last_seen_at__gt=Now() - SILENCE_BEFORE_GONE)


class Cluster(models.Model):
    """One ``qcluster`` on one host. Its row is renewed about once a second while it lives."""

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=32)
    worker_count = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_seen_at"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
