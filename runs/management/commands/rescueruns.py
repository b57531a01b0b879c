"""``manage.py rescueruns``: end what nobody else will end."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Q

from runs import lifecycle
from runs.models import ErrorCode, EventKind, RunEvent
from runs.terminal.asking import refusals
from runs.terminal.console import one_line

# What tells the events of a rescue from those of the runs' own workers at the same time.
OF_A_RESCUE = Q(kind=EventKind.REQUEUED) | Q(data__code__in=[ErrorCode.WORKER_LOST, ErrorCode.EXPIRED])
MOST_SHOWN = 100
LONGEST_MESSAGE = 200


class Command(BaseCommand):
    """Calls the verb that every cluster calls once a second, for where there is none."""

    help = "Ends runs whose worker fell silent or that waited too long, and enqueues lost ones again."

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            newest = RunEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
            count = lifecycle.rescue()
            written = RunEvent.objects.filter(OF_A_RESCUE, id__gt=newest).select_related("run")
            for event in written[:MOST_SHOWN] if count else ():
                message = one_line(event.message, LONGEST_MESSAGE)
                self.stdout.write(f"{event.run} {event.get_kind_display()}: {message}")
        self.stdout.write(f"{count or 'No'} run{'' if count == 1 else 's'} rescued.")
