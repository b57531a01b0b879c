"""Why a pending run is not running yet, and for how long about.

Derived from the rows at every look, never stored: what holds a run back changes without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from runs import queue
from runs.models import AgentRun, EventKind, RunEvent, Status
from runs.usual import UsualTime, usual_times

MOST_AHEAD: Final = 100

Kind = Literal["backoff", "no_worker", "busy", "next"]


@dataclass(frozen=True, slots=True)
class Wait:
    """What a pending run waits for; ``kind`` names the template below ``runs/waits``.

    ``backoff``: for ``due_at``, after the failure in ``error``. ``no_worker``: for somebody to start
    one. ``busy``: for ``ahead_count`` runs that come first, about ``about`` long where that is known.
    ``next``: for nothing but the next worker to look.
    """

    kind: Kind
    due_at: datetime | None = None
    error: str = ""
    ahead_count: int = 0
    about: timedelta | None = None

    @property
    def template(self) -> str:
        return f"runs/waits/{self.kind}.html"

    @property
    def is_bounded(self) -> bool:
        """Whether there may be more ahead than were counted."""
        return self.ahead_count >= MOST_AHEAD


def wait_of(
    run: AgentRun,
    now: datetime,
    *,
    capacity: queue.Capacity | None = None,
    usual: Mapping[str, UsualTime] | None = None,
) -> Wait:
    """Why the pending ``run`` is not running at ``now``.

    ``capacity`` and ``usual`` (of all agents) are for who knows them already.
    """
    if run.due_at is not None and run.due_at > now:
        retried = RunEvent.objects.filter(run=run, kind=EventKind.RETRIED).only("message").last()
        return Wait("backoff", due_at=run.due_at, error=retried.message if retried else "")
    capacity = capacity or queue.capacity()
    if not capacity.is_listening:
        return Wait("no_worker")
    agents = _agents_ahead(run, now)
    if not agents and capacity.idle_count:
        return Wait("next")
    usual = usual_times({run.agent, *agents}) if usual is None else usual
    return Wait("busy", ahead_count=len(agents), about=_about(run.agent, agents, usual, capacity))


def _agents_ahead(run: AgentRun, now: datetime) -> list[str]:
    """The agents of the runs that a worker takes up before this one; ``MOST_AHEAD`` at most."""
    if run.queue_row is None:
        return []
    earlier = AgentRun.objects.filter(status=Status.PENDING, queue_row__lt=run.queue_row, due_at__lte=now)
    return list(earlier.order_by("queue_row").values_list("agent", flat=True)[:MOST_AHEAD])


def _about(own: str, ahead: list[str], usual: Mapping[str, UsualTime], capacity: queue.Capacity) -> timedelta | None:
    """A guess: those ahead take their usual time, and busy workers are halfway through theirs."""
    known = [usual[agent].median for agent in (*ahead, own) if agent in usual]
    if not known or not capacity.worker_count:
        return None
    typical = sum(known, timedelta()) / len(known)
    halves = 0 if capacity.idle_count else 1
    free_at_once = min(capacity.idle_count, len(ahead) + 1)
    return typical * (2 * (len(ahead) + 1 - free_at_once) - halves) / (2 * capacity.worker_count)
