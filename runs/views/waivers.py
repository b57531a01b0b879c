"""Passing a failed rule of a run: a small form at the finding."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from runs import access, waivers
from runs.views.requests import PageRequest


@require_POST
def run_waive(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Pass a rule with a reason and for a time, or as an earlier run's waiver proposes."""
    run, given = access.run_to_waive(request.user, run_id), request.POST
    if proposal := _number(given.get("proposal", "")):
        waivers.apply(run, proposal, access.whose_waivers(run), by=request.user)
    else:
        days = _number(given.get("days", ""))
        waivers.grant(run, given.get("rule", ""), given.get("reason", ""), days, by=request.user)
    return redirect("run", run_id)


@require_POST
def run_waiver_end(request: PageRequest, run_id: UUID, waiver_id: int) -> HttpResponse:
    """Take one back."""
    waivers.end(access.run_to_waive(request.user, run_id), waiver_id, by=request.user)
    return redirect("run", run_id)


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None
