"""``manage.py doctor``: whether the site keeps its promises."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import doctor
from runs.doctor import CouldNotLook, Finding, State
from runs.terminal.console import one_line
from runs.terminal.results import as_json

PATIENCE_SECONDS = 2.0
LONGEST_SENTENCE = 400


class ExitCode(IntEnum):
    """What a monitor goes by."""

    FINE = 0
    TROUBLE = 1
    COULD_NOT_LOOK = 2


EXIT_CODES = """
exit codes:
  0  all is well, or has been repaired
  1  something is wrong
  2  could not look: the database does not answer, or a check failed
"""


class Command(BaseCommand):
    """Looks, repairs if told to, and prints a line for each check."""

    help = "Proves the site's promises from the database and the catalogs, and repairs what is safe to repair."
    # What they find is one of the findings.
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXIT_CODES
        parser.add_argument("--fix", action="store_true", help="Carry out the repairs that are safe at any time.")
        parser.add_argument("--dry-run", action="store_true", help="With --fix: say what it would do, and do nothing.")
        parser.add_argument("--json", action="store_true", help="Print the findings as JSON.")
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_SECONDS,
            metavar="SECONDS",
            help="Look again after so long before calling something trouble; default: %(default)s.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"] and not options["fix"]:
            raise CommandError("--dry-run says what --fix would do: give both.", returncode=ExitCode.COULD_NOT_LOOK)
        try:
            findings = doctor.examine(patience=max(options["patience"], 0.0))
            if options["fix"] and not options["dry_run"]:
                findings = doctor.repair(findings)
        except CouldNotLook as error:
            raise CommandError(f"The database does not answer: {error}", returncode=ExitCode.COULD_NOT_LOOK) from None
        if options["json"]:
            self.stdout.write(as_json({"state": _overall(findings), "findings": [*map(_shape, findings)]}))
        else:
            for finding in findings:
                self._print(finding, shows_plan=options["fix"])
            self._sum_up(findings, is_fixing=options["fix"])
        code = _exit_code(findings)
        if code:
            sys.exit(code)

    def _print(self, finding: Finding, *, shows_plan: bool) -> None:
        looks = {
            State.OK: self.style.SUCCESS,
            State.TROUBLE: self.style.ERROR,
            State.REPAIRED: self.style.WARNING,
            State.UNKNOWN: self.style.ERROR,
        }
        state = looks[finding.state](f"{finding.state:<9}")
        self.stdout.write(f"{state} {finding.name:<18} {one_line(finding.sentence, LONGEST_SENTENCE)}")
        for case in finding.cases:
            self._print_more(case)
        if finding.remedy and finding.is_trouble:
            self._print_more(f"→ {finding.remedy}.")
        if shows_plan and finding.repair is not None:
            for step in finding.repair.plan:
                self._print_more(f"--fix: {step}")

    def _print_more(self, text: str) -> None:
        self.stdout.write(f"{'':<28} {one_line(text, LONGEST_SENTENCE)}")

    def _sum_up(self, findings: Sequence[Finding], *, is_fixing: bool) -> None:
        """To stderr, for people: the next command to type."""
        if not is_fixing and any(finding.can_be_fixed for finding in findings):
            self.stderr.write("To see what can be repaired: manage.py doctor --fix --dry-run", style_func=str)


def _overall(findings: Sequence[Finding]) -> State:
    """The worst of all states."""
    states = {finding.state for finding in findings}
    return next(
        (state for state in (State.TROUBLE, State.UNKNOWN, State.REPAIRED) if state in states),
        State.OK,
    )


def _exit_code(findings: Sequence[Finding]) -> ExitCode:
    codes = {State.TROUBLE: ExitCode.TROUBLE, State.UNKNOWN: ExitCode.COULD_NOT_LOOK}
    return codes.get(_overall(findings), ExitCode.FINE)


def _shape(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "state": finding.state,
        "sentence": finding.sentence,
        "cases": finding.cases,
        "remedy": finding.remedy,
        "repair": finding.repair.plan if finding.repair else (),
    }
