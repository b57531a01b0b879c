"""Two runs, value by value."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from runs import access, comparing
from runs.errors import NotComparable, NotFound
from runs.models import AgentRun
from runs.views.requests import PageRequest


@require_safe
def compare(request: PageRequest) -> HttpResponse:
    """Two runs side by side; where only the right one is named, with the one before it."""
    right = _run(request, "right")
    among = access.readable_runs(request.user)
    if not request.GET.get("left"):
        earlier = comparing.earlier_run(right, among=among)
        if earlier is None:
            raise NotComparable("There is no earlier run like this one. Tick two runs of the list to compare them.")
        return HttpResponseRedirect(f"{reverse('compare')}?{urlencode({'left': earlier.pk, 'right': right.pk})}")
    comparison = comparing.compare(_run(request, "left"), right, among=among)
    shows_all = request.GET.get("show") == "all"
    groups = comparison.groups if shows_all else comparison.changes()
    return render(request, "compare.html", {"comparison": comparison, "groups": groups, "shows_all": shows_all})


def _run(request: PageRequest, side: str) -> AgentRun:
    """The run that is named, if it may be seen. Raises ``NotFound``."""
    try:
        run_id = UUID(request.GET.get(side, ""))
    except ValueError:
        raise NotFound(f"No run is named as the {side} one.") from None
    return access.readable_run(request.user, run_id)
