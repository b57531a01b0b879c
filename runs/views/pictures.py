"""Pages of a run's document as pictures."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from runs import access, pictures
from runs.errors import NotFound, PayloadHidden
from runs.models import AgentRun
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun

LAST_PAGE = 99_999


@require_safe
def run_page(request: PageRequest, run_id: UUID, number: int) -> HttpResponse:
    """One page as a PNG. What a run has read never changes, so that a browser asks once."""
    run = _run(request, run_id)
    given = request.GET.get("width", "")
    width = pictures.width_for(int(given) if given.isdecimal() and len(given) < 6 else pictures.WIDTHS[1])
    with pictures.original_of(run, is_sample=WatchedRun(run, request.user).works_on_sample) as original:
        if not pictures.can_be_drawn(original) or not 1 <= number <= LAST_PAGE:
            raise NotFound("This page has no picture.")
        etag = f'"{original.sha256[:32]}-{number}-{width}-{pictures.VERSION}"'
        response = get_conditional_response(request, etag=etag)
        if response is None:
            response = HttpResponse(pictures.picture(original, number, width).read_bytes(), content_type="image/png")
    response["ETag"] = etag
    # What was opened for an hour must not stay in a browser for a year.
    is_own = run.user_id == request.user.pk
    response["Cache-Control"] = "private, max-age=31536000, immutable" if is_own else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _run(request: PageRequest, run_id: UUID) -> AgentRun:
    run = access.visible_run_without_payload(request.user, run_id)
    if run.is_hidden:
        raise PayloadHidden
    return run
