"""Which request it is: said in the answer, and known to whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from runs import origin


class OriginMiddleware:
    """Outermost: every answer names its request, also that of another middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(origin.HEADER, "")
        address = origin.client_address(request.META, is_behind_proxy=settings.BEHIND_TLS_PROXY)
        with origin.coming_from(request_id=origin.request_id_from(given), address=address) as here:
            response = self.get_response(request)
        response[origin.HEADER] = here.request_id
        return response
