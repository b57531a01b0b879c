"""``manage.py verifyaudit``: whether anybody has changed what was written to the audit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import audit
from runs.audit import Head
from runs.terminal.asking import refusals


class Command(BaseCommand):
    """Walks the chain and prints its head, to be noted where the database's owner can not reach."""

    help = "Verifies the chain of the audit's entries. Fails, naming the first one that does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", type=int, default=1, metavar="N", dest="first", help="Begin with this entry.")
        parser.add_argument("--to", type=int, metavar="N", dest="last", help="End with this entry.")
        parser.add_argument(
            "--head", metavar="N:HASH", help="A head noted earlier, which the chain must still contain."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            noted = Head.parse(options["head"]) if options["head"] else None
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        with refusals():
            audit.seal()
            verdict = audit.verify(max(options["first"], 1), options["last"], noted)
        if not verdict.is_whole:
            raise CommandError(verdict.fault)
        self.stdout.write(f"{verdict.count} {'entry' if verdict.count == 1 else 'entries'}, none of them changed.")
        self.stdout.write(f"Head, to be noted elsewhere: {verdict.head}")
