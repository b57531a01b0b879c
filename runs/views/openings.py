"""Break glass: an operator's look at what is in somebody else's run."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from runs import access
from runs.views.requests import PageRequest


@require_POST
def run_open(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Open it for an hour, with a reason that its owner sees."""
    access.open_run(request.user, run_id, request.POST.get("reason", ""))
    return redirect("run", run_id)
