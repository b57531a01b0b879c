"""Whether the clocks agree: this machine's, the workers' and the database's, which counts."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import F

from runs.doctor.findings import Finding, counted, fine, trouble
from runs.models import EventKind, RunEvent
from runs.models.run import database_now

MOST_SKEW_SECONDS = 2.0
TRIES = 3
LOOKED_BACK = timedelta(hours=1)
MOST_STARTS = 500


def clocks(sample: int) -> Finding:
    """No clock is more than two seconds from the database's."""
    here = _skew_here()
    skews = {"this machine": here, **_skews_of_workers(min(sample, MOST_STARTS))}
    wrong = {who: skew for who, skew in skews.items() if abs(skew) > MOST_SKEW_SECONDS}
    if wrong:
        return trouble(
            f"{counted(len(wrong), 'clock is', 'clocks are')} more than {MOST_SKEW_SECONDS:g} s from the database's.",
            [f"{who} is {abs(skew):.1f} s {'ahead' if skew > 0 else 'behind'}" for who, skew in wrong.items()],
            remedy="Have NTP set the clocks: leases are judged by the database, but times in logs will mislead",
        )
    largest = max(map(abs, skews.values()))
    return fine(f"{counted(len(skews), 'clock')} within {largest:.2f} s of the database's.")


def _skew_here() -> float:
    """How far this machine's clock is ahead, in seconds; the quickest of a few answers is the truest."""
    answers = []
    for _ in range(TRIES):
        asked, began = time.time(), time.monotonic()
        at = database_now().timestamp()
        took = time.monotonic() - began
        answers.append((took, asked + took / 2 - at))
    return min(answers)[1]


def _skews_of_workers(most: int) -> dict[str, float]:
    """How far the workers' clocks are ahead, by host.

    A start is stamped twice in one transaction: by the database in the run, by the
    worker in the event.
    """
    starts = RunEvent.objects.filter(
        kind=EventKind.STARTED,
        attempt=F("run__attempt"),
        run__created_at__gt=database_now() - LOOKED_BACK,
        run__started_at__isnull=False,
    )
    found: dict[str, float] = {}
    newest = starts.order_by("-run__created_at", "-run__id").values_list("at", "run__started_at", "run__worker")
    for at, started_at, worker in newest[:most]:
        assert started_at is not None
        found.setdefault(worker.rpartition(":")[0] or worker, (at - started_at).total_seconds())
    return found
