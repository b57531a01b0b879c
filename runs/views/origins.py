"""Which request it is: said in the answer, and known to whatever happens meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from agentsite.addresses import client_address
from runs import origin

logger = structlog.stdlib.get_logger(__name__)

QUIET: Final = ("/healthz", settings.STATIC_URL)
"""Asked for with every page, or every few seconds: told only where something went wrong."""


class OriginMiddleware:
    """Outermost: every answer names its request, also that of another middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(origin.HEADER, "")
        address = client_address(request.META, settings.TRUSTED_PROXIES)
        began_at = time.monotonic()
        with origin.coming_from(request_id=origin.request_id_from(given), address=address) as here:
            response = self.get_response(request)
            _tell(request, response, time.monotonic() - began_at)
        response[origin.HEADER] = here.request_id
        return response


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """One line for the answer; without the query string, which may hold a token."""
    is_quiet = request.path.startswith(QUIET) or (request.method == "GET" and "HX-Request" in request.headers)
    facts = {"method": request.method, "path": request.path, "status": response.status_code}
    tell = logger.debug if is_quiet and response.status_code < 400 else logger.info
    tell("request_answered", **facts, ms=round(seconds * 1000), address=origin.here().address)
