"""Whether everybody has what they may have: active runs within the limit, one run in the waiting seat."""

from __future__ import annotations

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from runs import lifecycle
from runs.doctor.findings import Finding, Repair, counted, fine, sentence, trouble
from runs.doctor.schema import is_limit_guarded
from runs.models import AgentRun


def slots(sample: int) -> Finding:
    """Nobody has two runs in one slot, or more than the limit allows.

    Who holds a slot is read from the runs, and so is how many are taken: there is no
    second number that could differ. A slot above the limit is in order where the limit
    was lowered meanwhile, which the trigger allows and nothing else.
    """
    active = AgentRun.objects.active().order_by()
    shared = active.values("user__username", "slot").annotate(count=Count("pk")).filter(count__gt=1)
    cases = [f"{row['user__username']} has {row['count']} runs in slot {row['slot']}" for row in shared]
    cases += [f"{run} holds no slot" for run in active.filter(slot__isnull=True).only("agent")]
    above = active.filter(slot__gt=F("user__active_run_limit")).select_related("user")
    held_above = [f"{run} of {run.user} is in slot {run.slot} of {run.user.active_run_limit}" for run in above]
    if not is_limit_guarded():
        cases += held_above
    if cases:
        return trouble(
            f"{sentence(counted(cases, 'slot'))} not as the promise says.",
            cases,
            remedy="Look at these runs, and end the wrong one: manage.py cancelrun --force RUN",
        )
    lowered = f" {sentence(counted(held_above, 'run'))} above a limit lowered meanwhile." if held_above else ""
    return fine(f"Nobody has more active runs than allowed ({counted(active.count(), 'active run')}).{lowered}")


def seats(sample: int) -> Finding:
    """At most one run waits for each user, and only while no slot is free."""
    waiting = AgentRun.objects.waiting().order_by()
    crowded = waiting.values("user__username").annotate(count=Count("pk")).filter(count__gt=1)
    cases = [f"{row['user__username']} has {row['count']} waiting runs" for row in crowded]
    active = AgentRun.objects.active().filter(user=OuterRef("user")).order_by()
    taken = Subquery(active.values("user").annotate(count=Count("pk")).values("count"))
    idle = waiting.annotate(taken=Coalesce(taken, 0)).filter(taken__lt=F("user__active_run_limit"))
    forgotten = [f"{run} of {run.user} waits although a slot is free" for run in idle.select_related("user")]
    if cases or forgotten:
        promotion = Repair(tuple(f"Starts what can start: {case}." for case in forgotten), lifecycle.rescue)
        return trouble(
            f"{sentence(counted(cases + forgotten, 'waiting seat'))} not as the promise says.",
            cases + forgotten,
            remedy="" if forgotten else "End one of them: manage.py cancelrun RUN",
            repair=promotion if forgotten else None,
        )
    return fine(f"Nobody waits for a slot that is free ({counted(waiting.count(), 'waiting run')}).")
