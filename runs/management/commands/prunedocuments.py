"""``manage.py prunedocuments``: forget uploads that nothing uses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from runs import uploads


class Command(BaseCommand):
    """Removes documents that no run, no saved input and no schedule uses, their content too."""

    help = "Removes documents that were uploaded a while ago and that no run, no saved input and no schedule uses."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--days``: how long an upload may lie unused."""
        parser.add_argument("--days", type=int, default=7, help="how long an upload may lie unused (default 7)")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        """Remove them in batches, so that no transaction is long."""
        before, count = timezone.now() - timedelta(days=days), 0
        while removed := uploads.prune(before):
            count += removed
        self.stdout.write(f"{count or 'No'} document{'' if count == 1 else 's'} removed.")
