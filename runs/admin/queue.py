"""The queue and who listens to it, to look at.

django-q2's own pages for tasks and schedules are taken away: a queue row is only a
doorbell, and its results, retries and times say nothing about runs.
"""

from __future__ import annotations

from typing import Any

import django_q.admin  # noqa: F401  Registers the pages that are taken away below.
from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django_q.models import Failure, OrmQ, Schedule, Success

from runs.admin.base import OperatorAdmin
from runs.models import Cluster

admin.site.unregister([Failure, OrmQ, Schedule, Success])


@admin.register(OrmQ)
class QueueAdmin(OperatorAdmin[Model]):
    """Who is to be called for which run."""

    list_display = ("id", "run", "rings", "key")
    fields = ("id", "run", "rings", "lock", "key")
    ordering = ("lock", "id")

    @admin.display(description="run")
    def run(self, row: Any) -> str:
        """The run whose id the message carries."""
        arguments = list(row.args() or ())
        if len(arguments) != 1:
            return "not ours"
        url = reverse("admin:runs_agentrun_change", args=[arguments[0]])
        return format_html('<a href="{}">{}</a>', url, str(arguments[0])[:8])

    @admin.display(description="rings", ordering="lock")
    def rings(self, row: Any) -> str:
        """When a worker is called: a message put off, or in somebody's hands, rings later."""
        now = timezone.now()
        if row.lock is None or row.lock <= now:
            return "now"
        return f"in {(row.lock - now).total_seconds():.0f} s, unless the run is in a worker's hands"


@admin.register(Cluster)
class ClusterAdmin(OperatorAdmin[Cluster]):
    """The clusters of workers, and whether they live."""

    list_display = ("__str__", "is_listening", "worker_count", "version", "started_at", "last_seen_at")
    fields = ("id", "host", "pid", "is_listening", "worker_count", "version", "started_at", "last_seen_at")

    list_filter = ("last_seen_at", "version")
    search_fields = ("host",)

    def tools(self, request: HttpRequest, obj: Cluster) -> list[tuple[str, str]]:
        return [(reverse("status"), "Status page"), *super().tools(request, obj)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cluster]:
        alive = Exists(Cluster.objects.listening().filter(pk=OuterRef("pk")))
        return super().get_queryset(request).annotate(is_alive=alive)

    @admin.display(description="listening", boolean=True)
    def is_listening(self, cluster: Any) -> bool:
        return bool(cluster.is_alive)
