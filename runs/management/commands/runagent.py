"""``manage.py runagent``: trigger an agent and follow the run."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from datetime import timedelta
from textwrap import fill
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import agents, lifecycle, queue
from runs.models import AgentRun, Status, Trigger, User
from runs.terminal.asking import ExitCode, refusals, refused, run_meant, user_meant
from runs.terminal.console import console_on
from runs.terminal.following import NOBODY_LISTENS, NotFollowed, display_on, follow
from runs.terminal.options import PREFIX, add_input_options, input_asked, with_documents_kept
from runs.terminal.results import page_of_run, print_result, run_as_json

EXIT_CODES = """
exit codes:
  0  completed (or triggered, with --no-follow)
  1  failed
  2  refused: bad usage, input or document
  3  cancelled
  4  conflict: another run is active, the agent is paused
  5  not followed to its end: nobody is listening, or --timeout is over; the run goes on
  130  Ctrl-C: the run goes on, and the way to cancel it is printed
"""


class Command(BaseCommand):
    """Parses, triggers, follows, prints. The result goes to stdout, everything else to stderr."""

    help = "Triggers an agent, follows the run in the terminal and prints the result."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXIT_CODES
        of_agents = parser.add_subparsers(dest="agent", metavar="AGENT", required=True, title="agents")
        for agent in agents.AGENTS.values():
            options = of_agents.add_parser(
                agent.name,
                help=agent.description,
                description=fill(agent.description),
                epilog=EXIT_CODES,
                formatter_class=RawDescriptionHelpFormatter,
            )
            self._add_own_options(options)
            add_input_options(options, agent)

    def _add_own_options(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="For whom; default: the only superuser.")
        parser.add_argument("--input", metavar="JSON", default="{}", help="The whole input as a JSON object.")
        parser.add_argument(
            "--set", metavar="FIELD=VALUE", action="append", help="One field of the input; repeatable."
        )
        parser.add_argument(
            "--on-conflict",
            choices=["reject", "wait", "replace"],
            default="reject",
            help="When a run of the user's is active: refuse, wait for it, or stop it first.",
        )
        parser.add_argument(
            "--continue", metavar="RUN", dest="rest_of", help="Do only the rest of this run, with the input it had."
        )
        parser.add_argument("--json", action="store_true", help="Print the run as JSON, and only that, on stdout.")
        parser.add_argument("--no-follow", action="store_true", help="Trigger only, and print the run's id.")
        parser.add_argument(
            "--timeout",
            metavar="SECONDS",
            type=float,
            help="Stop following after so long. With it, following also waits for a worker to come.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["timeout"] is not None and options["timeout"] < 0:
            raise refused("--timeout can not be negative.")
        with refusals():
            run = self._trigger(options)
            if options["no_follow"]:
                self._print_triggered(run, options)
            else:
                self._follow(run, options)

    def _trigger(self, options: dict[str, Any]) -> AgentRun:
        agent, user = agents.get(options["agent"]), user_meant(options["user"])
        if options["rest_of"]:
            return self._continue(agent.name, user, options)
        values = with_documents_kept(agent, input_asked(agent, options), user)
        return lifecycle.trigger(user, agent.name, values, trigger=Trigger.COMMAND, on_conflict=options["on_conflict"])

    def _continue(self, agent: str, user: User, options: dict[str, Any]) -> AgentRun:
        run = run_meant(options["rest_of"])
        if run.agent != agent:
            raise refused(f"Run {run.pk} is one of {run.agent}, not of {agent}.")
        if options["set"] or options["input"] != "{}" or any(name.startswith(PREFIX) for name in options):
            raise refused("A run is continued with the input it had: leave out --input, --set and its fields.")
        return lifecycle.continue_run(run, by=user, on_conflict=options["on_conflict"])

    def _print_triggered(self, run: AgentRun, options: dict[str, Any]) -> None:
        self._say(f"Triggered {run}, {run.status}: {page_of_run(run)}")
        self._warn_if_nobody_listens()
        self.stdout.write(run_as_json(run) if options["json"] else str(run.pk))

    def _follow(self, run: AgentRun, options: dict[str, Any]) -> None:
        timeout = None if options["timeout"] is None else timedelta(seconds=options["timeout"])
        try:
            self._say(f"Triggered {run}: {page_of_run(run)}")
            if timeout is not None:
                self._warn_if_nobody_listens()
            with display_on(self.stderr) as display:
                run = follow(run.pk, display, timeout=timeout)
        except NotFollowed as reason:
            raise CommandError(f"{reason} {_how_to_cancel(run)}", returncode=ExitCode.NOT_FOLLOWED) from None
        except KeyboardInterrupt:
            self._say(f"\nNo longer following; the run goes on. {_how_to_cancel(run)}")
            sys.exit(ExitCode.INTERRUPTED)
        self._end(run, as_json=options["json"])

    def _end(self, run: AgentRun, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(run_as_json(run))
        elif run.status == Status.COMPLETED:
            print_result(console_on(self.stdout), run)
        if run.status != Status.COMPLETED:
            _end_badly(run)

    def _warn_if_nobody_listens(self) -> None:
        if not queue.is_anyone_listening():
            self._say(f"{NOBODY_LISTENS}: the run stays pending until one is started with 'manage.py qcluster'.")

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence, style_func=str)


def _end_badly(run: AgentRun) -> NoReturn:
    code = ExitCode.CANCELLED if run.status == Status.CANCELLED else ExitCode.FAILED
    reason = f" ({run.error_code})" if run.error_code else ""
    kept = ""
    if run.is_partial:
        rest = f"manage.py runagent {run.agent} --continue {str(run.pk)[:8]}"
        kept = f" Finished by then: {run.kept_words}. For the rest: {rest}"
    raise CommandError(f"{run} {run.status}{reason}: {run.error}{kept}", returncode=code)


def _how_to_cancel(run: AgentRun) -> str:
    return f"To cancel it: manage.py cancelrun {str(run.pk)[:8]}"
