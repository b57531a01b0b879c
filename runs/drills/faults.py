"""What can be done to the site, and how quickly it has to recover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

PROCESS_SECONDS = 1.0
WORKER_SECONDS = 3.0
HOST_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to be done to the site.

    ``slot_seconds``: within these the run's slot is free, or the run is pending again; None
    where no run loses its worker. ``start_seconds``: within these the user's next run, or
    next attempt, has started.
    """

    name: str
    what: str
    slot_seconds: float | None
    start_seconds: float = HOST_SECONDS
    ends_cluster: bool = False


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            Fault("attempt", "the agent's process killed", PROCESS_SECONDS),
            Fault("busy-worker", "a worker killed while it has a run", WORKER_SECONDS),
            Fault("idle-worker", "a worker killed while it waits for one", None, start_seconds=WORKER_SECONDS),
            Fault("sentinel", "the cluster's sentinel killed", WORKER_SECONDS, ends_cluster=True),
            Fault("main", "the cluster's main process killed", WORKER_SECONDS, ends_cluster=True),
            Fault("database", "the database restarted under a run", WORKER_SECONDS),
        )
    }
)


class Outcome(StrEnum):
    """How the site has stood a fault."""

    WITHIN = "within"
    BROKEN = "broken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured, in seconds from the fault; None where it was not, or not in time."""

    fault: Fault
    outcome: Outcome
    slot: float | None = None
    start: float | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return {
            "fault": self.fault.name,
            "what": self.fault.what,
            "outcome": self.outcome,
            "slot_seconds": _rounded(self.slot),
            "slot_budget": self.fault.slot_seconds,
            "start_seconds": _rounded(self.start),
            "start_budget": self.fault.start_seconds,
            "note": self.note,
        }


def judged(fault: Fault, slot: float | None, start: float | None, flaws: list[str]) -> Result:
    """The result, held against the budgets."""
    if fault.slot_seconds is not None and slot is None:
        flaws = [*flaws, "the slot was not free in time"]
    elif slot is not None and fault.slot_seconds is not None and slot > fault.slot_seconds:
        flaws = [*flaws, f"the slot should have been free within {fault.slot_seconds:g} s"]
    if start is None:
        flaws = [*flaws, "no run started in time"]
    elif start > fault.start_seconds:
        flaws = [*flaws, f"the next run should have started within {fault.start_seconds:g} s"]
    return Result(fault, Outcome.BROKEN if flaws else Outcome.WITHIN, slot, start, "; ".join(flaws))


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
