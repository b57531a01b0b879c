"""From a refusal of the core to a page with its sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from runs.errors import AgentSiteError, TookTooLong

OTHERS: Final = ("/api/", "/agents/status/")
ORIGINAL_TRIGGER: Final = "/agents/run"
"""The API answers for itself."""
PAGES: Final = (403, 404, 409, 429, 503)
"""The statuses of refusals that have a page of their own."""
MEGABYTE: Final = 1024 * 1024
SPARE: Final = MEGABYTE
"""What a request may hold besides the largest document, in bytes."""
DRAINED: Final = 10
"""How many times the limit is read and thrown away, so that a browser listens to the answer."""


class RefusalsMiddleware:
    """Turns an ``AgentSiteError`` that escapes a page into a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_too_large(request):
            return too_large(request)
        response = self.get_response(request)
        # A page that polls must not swap the sign-in page into itself: it comes back whole.
        if request.headers.get("HX-Request") and "Location" in response.headers:
            return HttpResponseClientRefresh()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal; anything else stays a fault of ours."""
        if isinstance(exception, AgentSiteError) and not is_of_the_api(request.path):
            return refused(request, exception)
        return None


def refused(request: HttpRequest, refusal: AgentSiteError) -> HttpResponse:
    """A page that says no."""
    if isinstance(refusal, TookTooLong):
        template = "slow.html"
    else:
        template = f"{refusal.status}.html" if refusal.status in PAGES else "refused.html"
    response = render(request, template, {"refusal": refusal}, status=refusal.status)
    return with_retry_after(response, refusal)


def with_retry_after(response: HttpResponse, refusal: AgentSiteError) -> HttpResponse:
    """``response``, saying when to try again where that is known."""
    if refusal.retry_after_seconds is not None:
        response["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def is_too_large(request: HttpRequest) -> bool:
    """Whether a page was sent more than any document may have. Said before it is written to a file."""
    declared = request.headers.get("Content-Length", "")
    size = int(declared) if declared.isdecimal() else 0
    return size > settings.DOCUMENT_LIMIT_MB * MEGABYTE + SPARE and not is_of_the_api(request.path)


def too_large(request: HttpRequest) -> HttpResponse:
    """The page that says so, once the browser has sent all or enough: before, it would not listen."""
    most = DRAINED * settings.DOCUMENT_LIMIT_MB * MEGABYTE
    while most > 0 and (piece := request.read(MEGABYTE)):
        most -= len(piece)
    return render(request, "413.html", {"limit_mb": settings.DOCUMENT_LIMIT_MB}, status=413)


def is_of_the_api(path: str) -> bool:
    """Whether a program asked, which is answered in JSON."""
    return path == ORIGINAL_TRIGGER or path.startswith(OTHERS)
