"""``manage.py checkagents``: whether the agents still give what was verified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import agents, goldens
from runs.agents.base import Agent
from runs.models import Golden
from runs.terminal.asking import ExitCode, refusals, user_meant

MOST_PRINTED = 20


class Command(BaseCommand):
    """Runs every golden again and prints what has changed; no run comes of it."""

    help = (
        "Checks agents against their golden documents. A version that changes none is accepted; for another one "
        "somebody has to say yes (--accept). Exit codes: 0 nothing has changed or it was accepted, 1 something has."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent", nargs="*", help="Default: every agent that has goldens.")
        parser.add_argument("--if-needed", action="store_true", help="Only agents whose version is not accepted yet.")
        parser.add_argument("--accept", action="store_true", help="Say yes to what the last check has found.")
        parser.add_argument("--by", metavar="NAME", help="Who says yes; default: the only superuser.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            chosen = [agents.get(name) for name in options["agent"]] or list(agents.AGENTS.values())
            if options["if_needed"] or (options["accept"] and not options["agent"]):
                chosen = goldens.waiting_for_a_yes([agent.name for agent in chosen])
            if options["accept"]:
                self._accept(chosen, options["by"])
                return
            changed = [agent for agent in chosen if not self._is_kept(agent)]
        if changed:
            names = " ".join(agent.name for agent in changed)
            raise CommandError(
                "Say yes to this, if it is an improvement: manage.py checkagents --accept " + names,
                returncode=ExitCode.FAILED,
            )

    def _is_kept(self, agent: Agent[Any, Any]) -> bool:
        checked = []
        for golden in goldens.check(agent):
            checked.append(golden)
            self._tell(golden)
        kept = sum(golden.is_kept for golden in checked)
        if checked:
            self.stdout.write(f"{agent.name} {agent.version}: {kept} of {len(checked)} goldens are kept.")
        return kept == len(checked)

    def _tell(self, golden: Golden) -> None:
        if golden.is_kept:
            return
        document = golden.run.document
        on = f"{document.name}" if document else "its sample"
        self.stdout.write(f"run {str(golden.run_id)[:8]} on {on}, as {golden.expected_version} had answered it:")
        if golden.fault:
            self.stdout.write(f"  not answered: {golden.fault}")
        for change in golden.changes[:MOST_PRINTED]:
            self.stdout.write(f"  {change['label']}: {_side(change['left'])} -> {_side(change['right'])}")
        if golden.change_count > MOST_PRINTED:
            self.stdout.write(f"  and {golden.change_count - MOST_PRINTED} more")

    def _accept(self, chosen: Sequence[Agent[Any, Any]], name: str | None) -> None:
        by = user_meant(name)
        for agent in chosen:
            count = goldens.accept(agent, by=by)
            self.stdout.write(
                f"{agent.name} {agent.version} is accepted; {count} of its goldens expect its answers now."
            )
        if not chosen:
            self.stdout.write("No agent waits for a yes.")


def _side(side: dict[str, Any] | None) -> str:
    return "nothing" if side is None else side["text"]
