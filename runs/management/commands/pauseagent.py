"""``manage.py pauseagent``: refuse new runs of an agent for now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from runs import agents, pausing
from runs.terminal.asking import refusals, user_meant


class Command(BaseCommand):
    """Pauses, as the pages do."""

    help = "Pauses an agent. Exit codes: 0 done, 2 no reason was given, 4 it is paused already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent", choices=list(agents.AGENTS))
        parser.add_argument("--reason", required=True, help="Shown to whoever wants to run it.")
        parser.add_argument("--by", metavar="NAME", help="Who pauses; default: the only superuser.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            pausing.pause(options["agent"], by=user_meant(options["by"]), reason=options["reason"])
        self.stdout.write(f"{options['agent']} is paused. New runs are refused; those already triggered go on.")
