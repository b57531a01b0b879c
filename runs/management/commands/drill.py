"""``manage.py drill``: kill parts of the site on purpose, and measure how it recovers."""

from __future__ import annotations

import socket
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.table import Table
from rich.text import Text

from runs import drills
from runs.drills import FAULTS, Options
from runs.drills.faults import Fault
from runs.models import Drill
from runs.terminal.asking import ExitCode, refusals, refused
from runs.terminal.console import console_on, one_line
from runs.terminal.results import as_json

LONGEST_NOTE = 200
DEFAULT_SECONDS = 300.0
LOOKS = {"within": "green", "broken": "red", "skipped": "yellow"}
EXIT_CODES = """
exit codes:
  0  everything that was measured is within its budget
  1  a budget was exceeded, something was left behind, or nothing could be measured
  2  refused: bad usage
  4  refused: other runs are active, no worker is listening, or a drill has only just ended
"""


class Command(BaseCommand):
    """Asks, has the drill held, prints what was measured."""

    help = "Kills parts of the site on purpose, with harmless runs of its own, and measures how quickly it recovers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXIT_CODES
        parser.add_argument(
            "--faults",
            default=",".join(FAULTS),
            metavar="NAMES",
            help=f"Which, with commas between: {', '.join(FAULTS)}. Default: all of them.",
        )
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--even-if-busy", action="store_true", help="Also while runs of others are under way.")
        parser.add_argument(
            "--supervised", action="store_true", help="Something (systemd, Docker) starts a cluster that has ended."
        )
        parser.add_argument(
            "--database-restart-command", default="", metavar="COMMAND", help="Restarts a database of your own."
        )
        parser.add_argument(
            "--timeout", type=float, default=DEFAULT_SECONDS, metavar="SECONDS", help="For all; default: %(default)s."
        )
        parser.add_argument("--json", action="store_true", help="Print what was measured as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = _faults(options["faults"])
        if options["timeout"] <= 0:
            raise refused("--timeout must be positive.")
        allowed = Options(
            is_supervised=options["supervised"],
            restart_command=options["database_restart_command"],
            seconds=options["timeout"],
        )
        with refusals():
            drills.refuse_if_unwise(faults, even_if_busy=options["even_if_busy"])
            if not options["yes"]:
                self._ask(faults)
            kept = drills.drill(faults, allowed, self._say)
        if options["json"]:
            self.stdout.write(as_json(_shape(kept)))
        else:
            self._print(kept)
        if not kept.is_within_budgets:
            sys.exit(ExitCode.FAILED)

    def _ask(self, faults: Sequence[Fault]) -> None:
        if not sys.stdin.isatty():
            raise refused("A drill ends processes: say --yes where nobody can be asked.")
        self._say(f"On {socket.gethostname()}, one after the other: {'; '.join(fault.what for fault in faults)}.")
        self.stderr.write("Runs of others on these workers lose an attempt. Go on? [y/N] ", ending="", style_func=str)
        self.stderr.flush()
        if input().strip().lower() not in ("y", "yes"):
            raise refused("Nothing was done.")

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence, style_func=str)

    def _print(self, kept: Drill) -> None:
        table = Table("fault", "slot free", "budget", "next start", "budget", "outcome", "note", box=None)
        for result in kept.results:
            table.add_row(
                result["fault"],
                _seconds(result["slot_seconds"]),
                _seconds(result["slot_budget"]),
                _seconds(result["start_seconds"]),
                _seconds(result["start_budget"]),
                Text(result["outcome"], style=LOOKS[result["outcome"]]),
                one_line(result["note"], LONGEST_NOTE),
            )
        console_on(self.stdout).print(table)


def _faults(names: str) -> list[Fault]:
    asked = dict.fromkeys(filter(None, map(str.strip, names.split(","))))
    unknown = [name for name in asked if name not in FAULTS]
    if unknown or not asked:
        raise refused(f"--faults knows {', '.join(FAULTS)}; not {', '.join(unknown) or 'nothing'}.")
    return [FAULTS[name] for name in asked]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


def _shape(kept: Drill) -> dict[str, Any]:
    assert kept.ended_at is not None
    return {
        "id": kept.pk,
        "host": kept.host,
        "version": kept.version,
        "started_at": kept.started_at.isoformat(),
        "ended_at": kept.ended_at.isoformat(),
        "is_within_budgets": kept.is_within_budgets,
        "results": kept.results,
    }
