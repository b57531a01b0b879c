"""Taking over a result that came too late."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from runs import access, lifecycle
from runs.views.requests import PageRequest


@require_POST
def run_adopt(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Make a completed run of a run's late result."""
    run = access.run_to_change(request.user, run_id)
    adopted = lifecycle.adopt(run, by=request.user, reason=request.POST.get("reason", "").strip())
    return redirect("run", adopted.pk)
