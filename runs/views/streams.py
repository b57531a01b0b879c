"""Telling an open page where it is told of changes."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from runs import access
from runs.access import Caller
from runs.errors import NotFound
from runs.live import Page, page_stream_url
from runs.sessions import reference_of
from runs.views.requests import PageRequest


@require_safe
@never_cache
def stream(request: PageRequest) -> HttpResponse:
    """The address of a page's stream with a fresh token, as text."""
    page = _page(request)
    right = access.right_to_watch(Caller(request.user, session=reference_of(request)), page.run_id)
    return HttpResponse(page_stream_url(page, right), content_type="text/plain; charset=utf-8")


def _page(request: PageRequest) -> Page:
    match request.GET.get("shows", ""):
        case "home":
            return Page.of(request.user, "home")
        case "runs":
            return Page.of(request.user, "runs")
        case "team":
            return Page.of(request.user, "team")
        case "run":
            return Page.of(request.user, run=access.visible_run(request.user, _run_id(request)))
        case _:
            return Page.of(request.user)


def _run_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.GET.get("run", ""))
    except ValueError:
        raise NotFound("There is no such run.") from None
