"""``manage.py whatif POLICYFILE``: what a policy would change, before it is published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import policies
from runs.errors import PolicyRefused
from runs.what_if import MOST_RUNS, ChangedRun, what_if

SECONDS = 300


class Command(BaseCommand):
    """Names runs and rules; nothing of what a document says."""

    help = "Hold the last checks by a policy against another text of it, without reading or asking anything again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The policy, in YAML or JSON.")
        parser.add_argument("--last", type=int, default=100, help=f"How many runs, {MOST_RUNS} at most (100).")

    def handle(self, *args: Any, file: Path, last: int, **options: Any) -> None:
        if not 1 <= last <= MOST_RUNS:
            raise CommandError(f"--last takes 1 to {MOST_RUNS}.")
        try:
            policy = policies.check(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, PolicyRefused) as fault:
            raise CommandError(f"{file} can not be used: {fault}") from None
        outcome = what_if(policy, last=last, seconds=SECONDS)
        self.stdout.write(f"{policy.name}: {outcome.sentence}")
        for changed in outcome.changed:
            self.stdout.write(_line(changed))


def _line(changed: ChangedRun) -> str:
    document = changed.run.document.name if changed.run.document else "the sample"
    verdict = f"{changed.before} → {changed.after}" if changed.is_verdict else f"{changed.after} as before"
    rules = ", ".join(f"{each.rule} {each.before or 'not there'} → {each.after or 'gone'}" for each in changed.rules)
    return f"  {changed.run.pk}  {document}: {verdict} ({rules})"
