"""Light, dark, or as the system has it: chosen by whoever looks, kept in their browser."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES: Final = {"light": ("sun", "Light"), "dark": ("moon", "Dark"), "system": ("computer-desktop", "System")}
"""Each theme's icon and word, in the order of the control."""
COOKIE: Final = "theme"
ONE_YEAR: Final = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """The theme that was chosen in this browser; a cookie of nonsense is no choice."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else "system"


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to the page it was made on. Signed out, too: it needs no account."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        return HttpResponseBadRequest("A theme is light, dark or system.", content_type="text/plain")
    back = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    response = redirect(back if is_here else "home")
    response.set_cookie(
        COOKIE, chosen, max_age=ONE_YEAR, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
    return response
