"""The clusters of workers that listen to the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

SILENCE_BEFORE_GONE = timedelta(seconds=10)


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def listening(self) -> ClusterQuerySet:
        """Clusters that take runs and showed a sign of life lately, by the database's clock."""
        return self.filter(last_seen_at__gt=Now() - SILENCE_BEFORE_GONE, is_draining=False)


class Cluster(models.Model):
    """One ``qcluster`` on one host. Its row is renewed about once a second until it begins to stop."""

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField(help_text="Of its main process, the one to send a signal to.")
    version = models.CharField(max_length=32)
    worker_count = models.PositiveSmallIntegerField()
    busy_count = models.PositiveSmallIntegerField(db_default=0, help_text="How many of its workers have a run.")
    is_draining = models.BooleanField(db_default=False, help_text="Whether it finishes what it has and takes no more.")
    started_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_seen_at"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
