"""Triggers rehearsals of every temper for many users, inside a site's own environment.

Run by ``test_storm`` through ``manage.py shell``; prints one line of JSON at the end.
"""

from __future__ import annotations

import json
import random
import time
from itertools import pairwise
from typing import Any

from runs import lifecycle
from runs.errors import AgentSiteError
from runs.models import AgentRun, AgentSettings, EventKind, RunEvent, User

TEMPERS = [
    *[{"act": "succeed", "seconds": 0.2}] * 6,
    {"act": "succeed", "seconds": 1.0},
    {"act": "fail", "seconds": 0.1},
    {"act": "flake", "seconds": 0.1},
    {"act": "crash", "seconds": 0},
    {"act": "exit", "seconds": 0},
    {"act": "kill", "seconds": 0},
    {"act": "stall", "seconds": 0},
    {"act": "flood", "seconds": 0, "lines": 200},
]
UNLIMITED = {"trigger_rate_limit": 0, "daily_run_limit": 0}
HOLDS = {EventKind.TRIGGERED, EventKind.PROMOTED}
RELEASES = {EventKind.COMPLETED, EventKind.FAILED, EventKind.CANCELLED, EventKind.FORCE_STOPPED}


def trigger(count: int, seconds: float, longest: float, seed: int, user_count: int = 20) -> None:
    """Trigger ``count`` runs, some of them waiting, replacing and cancelled.

    Paced to take ``seconds`` where nobody is busy; given up after ``longest``.
    """
    dice = random.Random(seed)
    AgentSettings.objects.update_or_create(agent="rehearsal", defaults={"run_limit_seconds": 3, "max_attempts": 3})
    users = [User.objects.get_or_create(username=f"storm-{n}", defaults=UNLIMITED)[0] for n in range(user_count)]
    triggered, end = 0, time.monotonic() + longest
    while triggered < count and time.monotonic() < end:
        user = dice.choice(users)
        try:
            choice = "replace" if dice.random() < 0.02 else dice.choice(["reject", "wait"])
            run = lifecycle.trigger(user, "rehearsal", dice.choice(TEMPERS), on_conflict=choice)  # type: ignore[arg-type]
            triggered += 1
            time.sleep(seconds / count / 2)
            if dice.random() < 0.05:
                lifecycle.cancel(run, by=user)
        except AgentSiteError:
            time.sleep(0.01)
    print(json.dumps({"triggered": triggered}))  # noqa: T201


def account() -> None:
    """What became of all of them."""
    runs = list(AgentRun.objects.filter(user__username__startswith="storm-"))
    open_runs = [str(run.pk) for run in runs if not run.is_final]
    print(json.dumps({"runs": len(runs), "open": open_runs, "overlaps": _overlaps(), "ends": _ends()}))  # noqa: T201


def _overlaps() -> int:
    """How often a user had two runs active at once, by the order of what happened."""
    holders: dict[Any, Any] = {}
    overlaps = 0
    seated = set(RunEvent.objects.filter(kind=EventKind.SEATED).values_list("run", flat=True))
    events = RunEvent.objects.filter(run__user__username__startswith="storm-", kind__in=HOLDS | RELEASES)
    for kind, run, user in events.order_by("id").values_list("kind", "run", "run__user"):
        if kind in RELEASES:
            holders.pop(user, None) if holders.get(user) == run else None
        elif kind == EventKind.PROMOTED or run not in seated:
            overlaps += user in holders
            holders[user] = run
    return overlaps


def _ends() -> dict[str, int]:
    """How many runs ended how; a run with two endings would show as ``twice``."""
    ends: dict[str, int] = {}
    endings = RunEvent.objects.filter(run__user__username__startswith="storm-", kind__in=RELEASES)
    rows = list(endings.order_by("run").values_list("run", "kind"))
    for _, kind in rows:
        ends[kind] = ends.get(kind, 0) + 1
    ends["twice"] = sum(one[0] == other[0] for one, other in pairwise(rows))
    return ends
