"""Which request it is: said in the answer, and known to whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from agentsite.addresses import client_address
from runs import origin


class OriginMiddleware:
    """Outermost: every answer names its request, also that of another middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(origin.HEADER, "")
        address = client_address(request.META, settings.TRUSTED_PROXIES)
        with origin.coming_from(request_id=origin.request_id_from(given), address=address) as here:
            response = self.get_response(request)
        response[origin.HEADER] = here.request_id
        return response
