"""Following a run from the terminal until it has ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from django.core.management.base import OutputWrapper
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from runs import queue
from runs.filters import PAYLOAD_COLUMNS
from runs.models import AgentRun, EventKind, RunEvent, Status
from runs.models.run import database_now
from runs.terminal.console import console_on, one_line

LOOK_SECONDS = 0.25
EVENTS_AT_ONCE = 500
LONGEST_LINE = 300
LONGEST_STEP = 60
NOBODY_LISTENS = "No worker is listening"


class NotFollowed(Exception):
    """Following was given up; the run goes on. The text says why."""


class Display(Protocol):
    """Where news of a run is shown."""

    def show(self, run: AgentRun, events: list[RunEvent]) -> None:
        """Show where the run stands now, and what has happened since the last time."""


def follow(run_id: UUID, display: Display, *, timeout: timedelta | None = None) -> AgentRun:
    """Show the run's news until it has ended; the run as it then is.

    Raises ``NotFollowed`` after ``timeout``, or, where none is given, as soon as nobody is
    there to carry the run out.
    """
    until = None if timeout is None else time.monotonic() + timeout.total_seconds()
    for run, events in _news(run_id):
        display.show(run, events)
        if run.is_final:
            continue
        if until is not None and time.monotonic() >= until:
            assert timeout is not None
            raise NotFollowed(f"The run has not ended within {timeout.total_seconds():g} s; it is {run.status}.")
        if until is None and not _is_attended(run):
            raise NotFollowed(f"{NOBODY_LISTENS}: the run stays {run.status} until one does.")
    return AgentRun.objects.select_related("user", "document", "policy").get(pk=run_id)


def _news(run_id: UUID) -> Iterator[tuple[AgentRun, list[RunEvent]]]:
    """Where the run stands, with its new events, again and again; lastly when it has ended."""
    seen = 0
    while True:
        # The run before its events: of a run that has ended, none is then missing.
        run = AgentRun.objects.defer(*PAYLOAD_COLUMNS).get(pk=run_id)
        events = list(RunEvent.objects.filter(run=run_id, id__gt=seen).defer("data").order_by("id")[:EVENTS_AT_ONCE])
        seen = events[-1].pk if events else seen
        yield run, events
        if len(events) == EVENTS_AT_ONCE:
            continue
        if run.is_final:
            return
        time.sleep(LOOK_SECONDS)


def _is_attended(run: AgentRun) -> bool:
    """Whether somebody carries the run out, or listens for it."""
    lease = run.lease_expires_at
    is_carried_out = run.status == Status.RUNNING and lease is not None and lease > database_now()
    return is_carried_out or queue.is_anyone_listening()


@contextmanager
def display_on(wrapper: OutputWrapper) -> Iterator[Display]:
    """A progress bar on a terminal, a line for each event elsewhere."""
    console = console_on(wrapper)
    if not console.is_terminal:
        yield EventLines(console)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        yield ProgressBar(progress)


class EventLines:
    """A line for each event, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def show(self, run: AgentRun, events: list[RunEvent]) -> None:
        for event in events:
            self.console.print(Text(event_line(event)), soft_wrap=True)


class ProgressBar:
    """A bar with the current step; what the agent logs scrolls by above it."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task: TaskID = progress.add_task("", total=100)

    def show(self, run: AgentRun, events: list[RunEvent]) -> None:
        for event in events:
            # The bar itself shows the steps.
            if event.kind != EventKind.STEPPED:
                self.progress.console.print(Text(event_line(event)), soft_wrap=True)
        self.progress.update(self.task, completed=run.progress, description=_standing(run))


def _standing(run: AgentRun) -> str:
    """Where the run stands, in the few words that fit beside the bar."""
    if run.is_stopping:
        return "asked to stop"
    return one_line(run.step, LONGEST_STEP) if run.status == Status.RUNNING and run.step else run.status


def event_line(event: RunEvent) -> str:
    """The event in a line: when, what, and in which words."""
    at = timezone.localtime(event.at)
    return f"{at:%H:%M:%S} {event.get_kind_display():<10} {one_line(event.message, LONGEST_LINE)}".rstrip()
