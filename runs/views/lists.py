"""The list of runs, and the views of it that somebody has saved."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from runs import saved_views as views
from runs.errors import SavedViewRefused
from runs.filters import RunFilter
from runs.sessions import is_in_team
from runs.views.frame import is_anyone_listening
from runs.views.listing import Listing
from runs.views.new_runs import watching
from runs.views.requests import PageRequest


@require_safe
def runs(request: PageRequest) -> HttpResponse:
    """The runs I may see, newest first, narrowed by what the URL says."""
    listing = Listing(request.user, request.GET.dict(), bool(is_in_team(request)))
    context: dict[str, Any] = {"listing": listing, **watching(listing)}
    if listing.own_active is not None:
        # The header need not ask again.
        context["my_active_runs"] = listing.own_active
        context["is_anyone_listening"] = SimpleLazyObject(lambda: is_anyone_listening(listing.own_active))
    return render(request, "runs.html", context, status=listing.status_code)


@require_POST
def saved_views(request: PageRequest) -> HttpResponse:
    """Save the filter of a list under a name."""
    query = request.POST.get("query", "")
    try:
        view = views.save(request.user, request.POST.get("name", ""), _filter(query))
    except SavedViewRefused as refusal:
        return _refused(request, query, refusal)
    return _opened(view.query)


@require_POST
def saved_view_rename(request: PageRequest, view_id: int) -> HttpResponse:
    """Give a saved view another name."""
    view = views.own(request.user, view_id)
    try:
        views.rename(request.user, view_id, request.POST.get("name", ""))
    except SavedViewRefused as refusal:
        return _refused(request, view.query, refusal)
    return _opened(view.query)


@require_POST
def saved_view_delete(request: PageRequest, view_id: int) -> HttpResponse:
    """Let a saved view go."""
    views.delete(request.user, view_id)
    return redirect("runs")


def _filter(query: str) -> RunFilter:
    return RunFilter.parse(QueryDict(query).dict())


def _opened(query: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('runs')}?{query}")


def _refused(request: PageRequest, query: str, refusal: SavedViewRefused) -> HttpResponse:
    """The list as it was, with what is wrong and what was typed."""
    listing = Listing(request.user, QueryDict(query).dict(), bool(is_in_team(request)))
    context = {
        "listing": listing,
        **watching(listing),
        "view_refusal": refusal,
        "view_name": request.POST.get("name", ""),
    }
    return render(request, "runs.html", context, status=refusal.status)
