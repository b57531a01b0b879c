"""A request as every page gets it: from somebody who is signed in."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from runs.models import User


class PageRequest(HttpRequest):
    """``LoginRequiredMiddleware`` lets no other request through to a page."""

    user: User
    htmx: HtmxDetails
