"""``manage.py cancelrun``: stop a run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from runs import lifecycle
from runs.terminal.asking import SHORTEST_BEGINNING, refusals, run_meant, user_meant


class Command(BaseCommand):
    """Cancels, or with ``--force`` ends at once."""

    help = "Cancels a run. Exit codes: 0 done, 2 no such run, 4 the run has already ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "run", metavar="RUN", help=f"The id, or at least its first {SHORTEST_BEGINNING} characters."
        )
        parser.add_argument("--reason", default="", help="Shown to the owner of the run.")
        parser.add_argument("--force", action="store_true", help="End the run now, without waiting for its worker.")
        parser.add_argument("--by", metavar="NAME", help="Who cancels; default: the only superuser.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            verb = lifecycle.force_stop if options["force"] else lifecycle.cancel
            run = verb(run_meant(options["run"]), by=user_meant(options["by"]), reason=options["reason"])
        said = "has been asked to stop" if run.is_stopping else f"is {run.status}"
        self.stdout.write(f"{run} {said}.")
