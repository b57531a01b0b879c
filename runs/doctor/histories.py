"""Whether the histories of runs make sense: one ending each, and every event where it may stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final
from uuid import UUID

from runs.doctor.findings import Finding, counted, fine, trouble
from runs.models import AgentRun, EventKind, RunEvent, Status

RUNS_AT_ONCE = 1000
BEGINNING: Final = "beginning"
ENDED: Final = "ended"

# Where a run stands, and what may happen there: the event, and where it leads.
LIFE: Final[Mapping[str, Mapping[str, str]]] = {
    BEGINNING: {EventKind.TRIGGERED: Status.PENDING, EventKind.ADOPTED: EventKind.ADOPTED},
    EventKind.ADOPTED: {EventKind.COMPLETED: ENDED},
    Status.PENDING: {
        EventKind.SEATED: Status.WAITING,
        EventKind.STARTED: Status.RUNNING,
        EventKind.REQUEUED: Status.PENDING,
        EventKind.FAILED: ENDED,
        EventKind.CANCELLED: ENDED,
        EventKind.FORCE_STOPPED: ENDED,
    },
    Status.WAITING: {
        EventKind.PROMOTED: Status.PENDING,
        EventKind.CANCELLED: ENDED,
        EventKind.FORCE_STOPPED: ENDED,
    },
    Status.RUNNING: {
        EventKind.CANCEL_REQUESTED: Status.RUNNING,
        EventKind.RETRIED: Status.PENDING,
        EventKind.HANDED_BACK: Status.PENDING,
        EventKind.COMPLETED: ENDED,
        EventKind.FAILED: ENDED,
        EventKind.CANCELLED: ENDED,
        EventKind.FORCE_STOPPED: ENDED,
    },
    ENDED: {EventKind.ADOPTED: ENDED},
}
ENDINGS: Final[Mapping[str, frozenset[str]]] = {
    Status.COMPLETED: frozenset({EventKind.COMPLETED}),
    Status.FAILED: frozenset({EventKind.FAILED}),
    Status.CANCELLED: frozenset({EventKind.CANCELLED, EventKind.FORCE_STOPPED}),
}
SAID_BY_AGENTS: Final = (EventKind.STEPPED, EventKind.LOGGED)
KNOWN: Final = frozenset(kind for kinds in LIFE.values() for kind in kinds)
"""A late result is not among them: it may come at any time after a start."""


def histories(sample: int) -> Finding:
    """Each of the newest ended runs has ended exactly once, after a legal course of events."""
    ended = AgentRun.objects.finished().order_by("-created_at", "-id")
    statuses = dict(ended.values_list("pk", "status")[:sample])
    cases = [case for runs in _in_pieces(list(statuses)) for case in _broken(runs, statuses)]
    if cases:
        return trouble(
            f"{counted(cases, 'ended run has', 'ended runs have')} a history that cannot have happened.",
            cases,
            remedy="Nothing is repaired here: somebody wrote past the verbs of runs.lifecycle, and should be found",
        )
    return fine(f"Each of the newest {len(statuses):,} ended runs has ended exactly once, in a legal order.")


def _in_pieces(runs: list[UUID]) -> Iterable[list[UUID]]:
    return (runs[start : start + RUNS_AT_ONCE] for start in range(0, len(runs), RUNS_AT_ONCE))


def _broken(runs: list[UUID], statuses: Mapping[UUID, str]) -> Iterable[str]:
    events = RunEvent.objects.filter(run__in=runs).exclude(kind__in=SAID_BY_AGENTS).order_by("run", "id")
    told: dict[UUID, list[str]] = {
        run: [kind for _, kind in group]
        for run, group in groupby(events.values_list("run_id", "kind"), key=lambda event: event[0])
    }
    for run in runs:
        fault = fault_in(told.get(run, []), statuses[run])
        if fault:
            yield f"{run}: {fault}"


def fault_in(kinds: Iterable[str], status: str) -> str:
    """What is wrong with the events of a run that ended in ``status``; empty where nothing is."""
    stands, ending = BEGINNING, ""
    for kind in kinds:
        if kind not in KNOWN:
            continue
        leads_to = LIFE[stands].get(kind)
        if leads_to is None:
            return f"{kind} while {stands}"
        if leads_to == ENDED and stands != ENDED:
            ending = kind
        stands = leads_to
    if stands != ENDED:
        return f"{status}, but no event says so"
    return "" if ending in ENDINGS[status] else f"{status}, but its ending says {ending}"
