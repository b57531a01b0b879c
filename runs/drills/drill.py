"""All faults in turn, kept."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import Error, connection

from runs import queue
from runs.drills.faults import Fault, Outcome, Result
from runs.drills.measuring import Measuring, NotDrilled
from runs.drills.refusals import DrillRefused
from runs.drills.rehearsals import USERNAME, Rehearsals
from runs.drills.waiting import Deadline
from runs.errors import AgentSiteError
from runs.models import AgentRun, Drill
from runs.models.run import FINAL, database_now

logger = structlog.stdlib.get_logger(__name__)

REST = timedelta(minutes=1)
"""``up`` gives up a program that ends five times within a minute; a drill ends the workers up to three times."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a drill may do.

    ``is_supervised``: something starts a cluster again that has ended. ``restart_command``:
    how a database is restarted that is not the embedded one. ``seconds``: how long it all
    may take, cleaning up aside.
    """

    is_supervised: bool = False
    restart_command: str = ""
    seconds: float = 300.0


def refuse_if_unwise(faults: Sequence[Fault], *, even_if_busy: bool = False) -> None:
    """Raise ``DrillRefused`` where a drill would disturb others or could not succeed."""
    unfinished = AgentRun.objects.exclude(status__in=FINAL)
    if unfinished.filter(user__username=USERNAME).exists():
        raise DrillRefused("Another drill is under way, or its runs are still ending. Try again in two minutes.")
    others = unfinished.exclude(user__username=USERNAME).count()
    if others and not even_if_busy:
        is_are = "run is" if others == 1 else "runs are"
        raise DrillRefused(f"{others} {is_are} under way, and would lose an attempt. Wait, or say --even-if-busy.")
    if not queue.is_anyone_listening():
        raise DrillRefused("No worker is listening: there is nothing to drill.")
    _refuse_if_too_soon(faults)


def _refuse_if_too_soon(faults: Sequence[Fault]) -> None:
    last = Drill.objects.filter(host=socket.gethostname(), ended_at__isnull=False).order_by("-id").first()
    if last is None or last.ended_at is None or not any(fault.ends_cluster for fault in faults):
        return
    left = REST - (database_now() - last.ended_at)
    if left > timedelta():
        raise DrillRefused(
            f"The last drill on this host has only just ended. Try again in {left.total_seconds():.0f} s, so that "
            "the clusters do not end too often for whoever starts them again."
        )


def drill(faults: Sequence[Fault], options: Options, tell: Callable[[str], None]) -> Drill:
    """Bring about one fault after the other, measure, and keep what was measured.

    Ends by itself, also by an exception or Ctrl-C, with its runs ended and what was measured
    until then kept.
    """
    rehearsals = Rehearsals(Deadline(options.seconds))
    kept = Drill.objects.create(host=socket.gethostname(), version=settings.VERSION)
    results: list[Result] = []
    measuring = Measuring(
        rehearsals, tell, is_supervised=options.is_supervised, restart_command=options.restart_command
    )
    try:
        for fault in faults:
            result = _one(measuring, fault)
            results.append(result)
            tell(f"{fault.name}: {_in_words(result)}")
    finally:
        rehearsals.allow(1)
        _keep(kept, results)
    return kept


def _one(measuring: Measuring, fault: Fault) -> Result:
    if measuring.deadline.is_over:
        return Result(fault, Outcome.SKIPPED, note="there was no time left")
    try:
        measuring.rehearsals.allow(1)
        return measuring.measure(fault)
    except NotDrilled as reason:
        return Result(fault, Outcome.SKIPPED, note=str(reason))
    except (AgentSiteError, Error) as error:
        logger.warning("drill_broke_off", fault=fault.name, exc_info=True)
        connection.close()
        return Result(fault, Outcome.BROKEN, note=f"broke off: {error}")
    finally:
        measuring.rehearsals.end_all()


def _in_words(result: Result) -> str:
    measured = [
        f"{what} after {seconds:.2f} s"
        for what, seconds in (("slot free", result.slot), ("next start", result.start))
        if seconds is not None
    ]
    return ", ".join([*measured, *([result.note] if result.note else [])])


def _keep(kept: Drill, results: Sequence[Result]) -> None:
    kept.results = [result.as_json() for result in results]
    measured = [result for result in results if result.outcome != Outcome.SKIPPED]
    kept.is_within_budgets = bool(measured) and all(result.outcome == Outcome.WITHIN for result in measured)
    kept.ended_at = database_now()
    kept.save(update_fields=["results", "is_within_budgets", "ended_at"])
