"""``manage.py tryagent``: whether an agent keeps the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from runs import agents
from runs.errors import InvalidInput
from runs.inputs import fields_of_format
from runs.terminal.asking import ExitCode, refusals, refused
from runs.terminal.options import input_asked
from runs.trials import Trial


class Command(BaseCommand):
    """Tries one agent and prints a line for each promise; no run comes of it."""

    help = "Puts an agent through the contract. Exit codes: 0 kept, 1 broken, 2 no such agent, file or input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent")
        parser.add_argument("--document", metavar="FILE", type=Path, help="Default: the agent's sample.")
        parser.add_argument("--input", metavar="JSON", default="{}", help="The whole input as a JSON object.")
        parser.add_argument("--set", metavar="FIELD=VALUE", action="append", help="One field of it; repeatable.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            trial = _trial(options)
            broken = [outcome for outcome in self._told(trial) if not outcome.is_kept]
        if broken:
            raise CommandError(f"{trial.agent.name} breaks {len(broken)} of its promises.", returncode=ExitCode.FAILED)
        self.stdout.write(f"{trial.agent.name} {trial.agent.version} keeps the contract.")

    def _told(self, trial: Trial) -> Any:
        for outcome in trial.outcomes():
            self.stdout.write(f"{'kept  ' if outcome.is_kept else 'BROKEN'}  It {outcome.promise}.")
            for fault in outcome.faults:
                self.stdout.write(f"        {fault}")
            yield outcome


def _trial(options: dict[str, Any]) -> Trial:
    name = options["agent"]
    told = [sentence for sentence in agents.AGENTS.refused if name in sentence]
    if name not in agents.AGENTS and told:
        raise refused(" ".join(told))
    agent = agents.get(name)
    document = options["document"]
    if document is not None and not document.is_file():
        raise refused(f"There is no file {document}.")
    if document is not None and not fields_of_format(agent, "document"):
        raise refused(f"{name} takes no document.")
    input = input_asked(agent, options)
    try:
        agent.Input.model_validate(input)
    except ValidationError as error:
        raise InvalidInput(error.errors(include_url=False)) from None
    return Trial(agent, input, document)
