"""What happened to a run, without what its agent said: each event with its evidence, and the time between."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Case, F, JSONField, QuerySet, Value, When

from runs.models import AgentRun, EventKind, RunEvent
from runs.models.event import LINES

MOST_EVENTS: Final = 300
WORTH_SAYING: Final = timedelta(seconds=0.5)
"""A shorter span between two events says nothing."""

SPANS: Final[Mapping[str, str]] = {
    EventKind.TRIGGERED: "waiting for a worker",
    EventKind.PROMOTED: "waiting for a worker",
    EventKind.REQUEUED: "waiting for a worker",
    EventKind.HANDED_BACK: "waiting for a worker",
    EventKind.SEATED: "waiting for the slot",
    EventKind.RETRIED: "until the next try",
    EventKind.STARTED: "running",
    EventKind.CANCEL_REQUESTED: "stopping",
}
LINKS: Final = {
    "replaced_by": "Made room for run",
    "adopted_as": "Adopted as run",
    "adopted_from": "Adopted from run",
}

FactKind = Literal["text", "code", "clock", "duration", "run"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Evidence that an event carries. ``kind`` says how to show ``value``."""

    label: str
    value: Any
    kind: FactKind = "text"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, and the span since the one before it, with what went on meanwhile."""

    event: RunEvent
    facts: Sequence[Fact]
    since: timedelta | None = None
    meanwhile: str = ""


def timeline_of(run: AgentRun, *, for_operator: bool) -> list[Entry]:
    """A run's history, oldest first. Names of machines and processes are for operators."""
    entries: list[Entry] = []
    before: RunEvent | None = None
    for event in _events(run):
        since, meanwhile = _span(before, event)
        entries.append(Entry(event, list(_facts(event.evidence or {}, for_operator)), since, meanwhile))  # type: ignore[attr-defined]
        before = event
    return entries


def _events(run: AgentRun) -> QuerySet[RunEvent]:
    # A late result carries a whole output.
    evidence = Case(When(kind=EventKind.LATE_RESULT, then=Value(None, JSONField())), default=F("data"))
    events = RunEvent.objects.filter(run=run).exclude(kind__in=LINES).select_related("actor")
    return events.defer("data").annotate(evidence=evidence).order_by("pk")[:MOST_EVENTS]


def _span(before: RunEvent | None, event: RunEvent) -> tuple[timedelta | None, str]:
    if before is None or event.at - before.at < WORTH_SAYING:
        return None, ""
    return event.at - before.at, SPANS.get(before.kind, "")


def _facts(data: Mapping[str, Any], for_operator: bool) -> Iterator[Fact]:
    if isinstance(delay := data.get("delay_seconds"), (int, float)) and delay > 0:
        yield Fact("Next try after", timedelta(seconds=delay), "duration")
    if heard := _moment(data.get("last_heartbeat")):
        yield Fact("Last sign of life", heard, "clock")
    if "process_ended" in data:
        yield Fact("Its process", "had ended" if data["process_ended"] else "could not be asked")
    if isinstance(code := data.get("exit_code"), int):
        yield Fact("Signal", _signal(-code), "code") if code < 0 else Fact("Exit code", code, "code")
    if expired := _moment(data.get("expired_at")):
        yield Fact("Waited until", expired, "clock")
    if data.get("code"):
        yield Fact("Code", data["code"], "code")
    if for_operator:
        named = {"worker": "Worker", "pid": "Process", "found_by": "Found by"}
        yield from (Fact(label, data[name], "code") for name, label in named.items() if data.get(name))
    yield from (Fact(label, run_id, "run") for name, label in LINKS.items() if (run_id := _run_id(data.get(name))))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _run_id(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
