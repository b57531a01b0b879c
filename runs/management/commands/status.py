"""``manage.py status``: how busy the site is, as the operators' page says it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from runs.doctor import DatabaseFigures, Figures, Verdict
from runs.doctor.findings import counted
from runs.models import AgentSettings
from runs.terminal.asking import refusals
from runs.terminal.console import one_line
from runs.terminal.results import as_json

LONGEST_LINE = 400


class Command(BaseCommand):
    """The page's figures, as lines or as JSON."""

    help = "Says how busy the site is. Exit codes: 0 all is well, 1 something is to be looked at."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="As one object, for programs.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            figures, database = Figures.now(), DatabaseFigures.now()
            paused = list(AgentSettings.objects.filter(paused_at__isnull=False).select_related("paused_by"))
        verdict = Verdict.on(figures)
        if options["json"]:
            self.stdout.write(as_json(_shape(figures, database, verdict, paused)))
        else:
            looks = {"success": self.style.SUCCESS, "warning": self.style.WARNING, "danger": self.style.ERROR}
            self.stdout.write(looks[verdict.tone](verdict.sentence))
            for label, text in _lines(figures, database, paused):
                self.stdout.write(f"{label:<12}{one_line(text, LONGEST_LINE)}")
        if verdict.tone != "success":
            sys.exit(1)


def _lines(figures: Figures, database: DatabaseFigures, paused: list[AgentSettings]) -> Iterator[tuple[str, str]]:
    clusters = counted(figures.listening_count, "cluster")
    yield "workers", f"{figures.worker_count} in {clusters}, {figures.busy_count} busy"
    yield "running", f"{figures.running_count}"
    own, later = f"{figures.waiting_count} for their own slot", f"{figures.backoff_count} for another attempt"
    yield "waiting", f"{figures.due_count} for a worker, {own}, {later}"
    share = f"{figures.failed_share:.0%} of them failed"
    yield "last hour", f"{figures.ended_count} ended, {figures.ended_per_minute:.1f} a minute, {share}"
    yield "queue", f"{counted(figures.queue_length, 'row')}, {len(figures.parked)} put aside"
    sizes = f"{_size(database.table_bytes)} of tables, {_size(database.index_bytes)} of indexes"
    yield "database", f"PostgreSQL {database.version}, {database.where}: {_size(database.total_bytes)}, {sizes}"
    yield "connections", f"{database.connection_count} of {database.most_connections}"
    for settings in paused:
        by = f" (by {settings.paused_by})" if settings.paused_by else ""
        yield "paused", f"{settings.agent}: {settings.paused_reason}{by}"
    for suspicious in figures.suspicious:
        yield "to look at", f"{suspicious.run} of {suspicious.run.user}: {suspicious.reason}"


def _size(size: int) -> str:
    return filesizeformat(size).replace("\N{NO-BREAK SPACE}", " ")


def _shape(
    figures: Figures, database: DatabaseFigures, verdict: Verdict, paused: list[AgentSettings]
) -> dict[str, Any]:
    return {
        "is_well": verdict.tone == "success",
        "verdict": verdict.sentence,
        "worker_count": figures.worker_count,
        "busy_count": figures.busy_count,
        "running_count": figures.running_count,
        "due_count": figures.due_count,
        "backoff_count": figures.backoff_count,
        "waiting_count": figures.waiting_count,
        "oldest_wait_seconds": figures.oldest_wait.total_seconds() if figures.oldest_wait else None,
        "ended_last_hour_count": figures.ended_count,
        "failed_last_hour_count": figures.failed_count,
        "queue_length": figures.queue_length,
        "parked_count": len(figures.parked),
        "database_bytes": database.total_bytes,
        "connection_count": database.connection_count,
        "paused": {settings.agent: settings.paused_reason for settings in paused},
        "suspicious": [{"id": str(each.run.pk), "reason": each.reason} for each in figures.suspicious],
    }
