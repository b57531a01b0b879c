"""What every answer of the pages and the API tells the browser, beside what Django's own middleware does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb",
    )
)  # fmt: skip
"""Nothing of the machine is used here, and so nothing slipped into a page gets it either."""


class HeadersMiddleware:
    """Keeps answers to the page and the person they are for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # No other site shows what is here as its picture, script or frame.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        is_static = request.path_info.startswith(settings.STATIC_URL)
        if not is_static and "Cache-Control" not in response:
            # A browser may keep a page to go back to, and asks again; what stands between keeps nothing.
            patch_cache_control(response, private=True, no_cache=True)
        return response
