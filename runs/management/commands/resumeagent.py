"""``manage.py resumeagent``: let a paused agent be run again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from runs import agents, pausing
from runs.terminal.asking import refusals, user_meant


class Command(BaseCommand):
    """Resumes, as the pages do."""

    help = "Resumes a paused agent. Exit codes: 0 done, 4 it is not paused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent", choices=list(agents.AGENTS))
        parser.add_argument("--by", metavar="NAME", help="Who resumes; default: the only superuser.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            pausing.resume(options["agent"], by=user_meant(options["by"]))
        self.stdout.write(f"{options['agent']} can be run again.")
