"""``manage.py listruns``: runs, newest first."""

from __future__ import annotations

from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from runs import agents
from runs.filters import RunFilter
from runs.models import AgentRun
from runs.run_pages import RunPage, page_of
from runs.schemas import RunList
from runs.terminal.asking import refusals, user_meant
from runs.terminal.console import console_on
from runs.terminal.results import PublicAddress, as_json, print_table

FILTERS = ("agent", "status", "period", "since", "until", "document", "trigger", "text", "cursor")
MOST_RUNS = 1000


class Command(BaseCommand):
    """The list of the pages and the API, in the terminal."""

    help = "Lists runs, newest first, narrowed as on the page."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="Only this user's runs; default: everybody's.")
        parser.add_argument("--agent", choices=list(agents.AGENTS), default="")
        parser.add_argument("--status", choices=_choices("status"), default="")
        parser.add_argument("--period", choices=_choices("period"), default="", help="Created within the last …")
        parser.add_argument("--since", metavar="DAY", help="Created on this day (UTC) or later: 2026-11-24.")
        parser.add_argument("--until", metavar="DAY", help="Created on this day (UTC) or earlier.")
        parser.add_argument("--document", metavar="ID", help="Only runs on this document.")
        parser.add_argument("--trigger", choices=_choices("trigger"), default="")
        parser.add_argument("--text", default="", help="A document's name, words of the outcome, or an id.")
        parser.add_argument("--limit", type=int, default=25, help=f"At most so many, up to {MOST_RUNS}; default 25.")
        parser.add_argument("--cursor", default="", help="Where to go on: next_cursor of the last list.")
        parser.add_argument("--json", action="store_true", help="In the shape of /api/v1/runs.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            filter = RunFilter.parse({name: options[name] for name in FILTERS})
            runs = AgentRun.objects.all()
            if options["user"]:
                runs = runs.filter(user=user_meant(options["user"]))
            size = min(max(options["limit"], 1), MOST_RUNS)
            page = page_of(runs, filter, now=timezone.now(), size=size)
        if options["json"]:
            self.stdout.write(_as_json(page))
        else:
            self._print(page)

    def _print(self, page: RunPage) -> None:
        if not page.runs:
            self.stderr.write("No runs.", style_func=str)
            return
        print_table(console_on(self.stdout), [_line(run) for run in page.runs])
        if page.next_cursor:
            self.stderr.write(f"There are more: --cursor {page.next_cursor}", style_func=str)


def _choices(field: str) -> list[str]:
    return [choice for choice in get_args(RunFilter.model_fields[field].annotation) if choice]


def _line(run: AgentRun) -> dict[str, Any]:
    """The run as a row of the table."""
    return {
        "id": str(run.pk)[:8],
        "status": "stopping" if run.is_stopping else run.status,
        "agent": run.agent,
        "user": run.user.username,
        "created": f"{timezone.localtime(run.created_at):%Y-%m-%d %H:%M:%S}",
        "ran": f"{run.ran.total_seconds():.1f} s" if run.ran is not None else "",
        "document": run.document.name if run.document else "",
        "outcome": run.summary or run.error or run.step,
    }


def _as_json(page: RunPage) -> str:
    shape = {"runs": page.runs, "next_cursor": page.next_cursor or None}
    return as_json(RunList.model_validate(shape, context={"request": PublicAddress()}).model_dump(mode="json"))
