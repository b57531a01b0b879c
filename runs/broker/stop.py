"""Leaving in an orderly way."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import structlog
from django.conf import settings

from runs.broker.cluster import RunningCluster

logger = structlog.stdlib.get_logger(__name__)

REMINDER_SECONDS = 1.0
MARGIN_SECONDS = 10.0


class Stop:
    """The sentinel's part in a stop, which django-q2 leaves open: how long it may take.

    Workers with a run are told at once; each finishes it within ``DRAIN_SECONDS`` or hands
    it back, and leaves. A cluster that is still there long after that cannot stop by itself.
    """

    def __init__(self, cluster: RunningCluster) -> None:
        self.cluster = cluster
        self._began_at: float | None = None
        self._told_at = 0.0

    def go_on(self) -> None:
        """Do what is due. Called about ten times a second, as long as the stop lasts."""
        now = time.monotonic()
        if self._began_at is None:
            self._began_at = now
        # Said again and again: a worker that has just taken its message may not have heard it.
        if now - self._told_at >= REMINDER_SECONDS:
            self._told_at = now
            self._tell_workers()
        if now - self._began_at > settings.DRAIN_SECONDS + settings.STOP_GRACE_SECONDS + MARGIN_SECONDS:
            logger.critical("cluster_does_not_stop")
            self.cluster.kill()

    def _tell_workers(self) -> None:
        for pid in self.cluster.deliveries.busy_workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
