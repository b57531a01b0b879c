"""Cancel and force stop."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from runs import access, lifecycle
from runs.errors import NotAllowed
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun


@require_POST
def run_cancel(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Ask a run to stop."""
    run = access.run_to_change(request.user, run_id)
    lifecycle.cancel(run, by=request.user, reason=request.POST.get("reason", "").strip())
    return redirect("run", run_id)


@require_POST
def run_force_stop(request: PageRequest, run_id: UUID) -> HttpResponse:
    """End a run without waiting for its worker."""
    run = access.run_to_change(request.user, run_id)
    if not (run.is_final or WatchedRun(run, request.user).may_force_stop):
        raise NotAllowed("Ask the run to stop first; if it has not within a few seconds, it can be stopped by force.")
    lifecycle.force_stop(run, by=request.user, reason=request.POST.get("reason", "").strip())
    return redirect("run", run_id)
