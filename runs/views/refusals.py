"""From a refusal of the core to a page with its sentence."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from runs.errors import AgentSiteError, UserLocked

OTHERS = ("/api/", "/agents/status/")
ORIGINAL_TRIGGER = "/agents/run"
"""The API answers for itself."""
NOT_FOUND = 404


class RefusalsMiddleware:
    """Turns an ``AgentSiteError`` that escapes a page into a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
    template = "404.html" if refusal.status == NOT_FOUND else "refused.html"
    response = render(request, template, {"refusal": refusal}, status=refusal.status)
    return with_retry_after(response, refusal)


def with_retry_after(response: HttpResponse, refusal: AgentSiteError) -> HttpResponse:
    """``response``, saying when to try again where that is known."""
    if isinstance(refusal, UserLocked):
        response["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def is_of_the_api(path: str) -> bool:
    """Whether a program asked, which is answered in JSON."""
    return path == ORIGINAL_TRIGGER or path.startswith(OTHERS)
