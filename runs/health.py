"""Whether this process answers, and what it answers when all else has failed."""

from __future__ import annotations

import sys
from typing import NoReturn

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from runs import origin
from runs.api.problems import SLOW, TOO_LARGE, UNREADABLE, fault
from runs.views.refusals import is_of_the_api
from runs.views.themes import theme_of
from runs.views.unsent import sent_fields

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process can answer at all. Asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an exception that nobody expected: 503 while the database is away, else 500.

    The page is made without its usual frame, which asks the database who is looking.
    """
    refusal = fault(sys.exc_info()[1])
    if is_of_the_api(request.path):
        return refusal.answer(request)
    template = get_template("slow.html" if refusal is SLOW else f"{refusal.status}.html")
    context = {
        "refusal": refusal,
        "request_id": origin.here().request_id,
        "theme": theme_of(request),
        "sent_fields": sent_fields(request),
        "sent_to": request.path,
    }
    page = template.render(context)
    return HttpResponse(page, status=refusal.status, headers=dict(refusal.headers))


# Django's own two first check the form that was sent for forgery: one that can not be read makes a fault of that.


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for what Django or its admin does not permit."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    return render(request, "404.html", status=404)


def nothing(request: HttpRequest, rest: str) -> NoReturn:
    """In place of the admin's way from a row to its page: there are none, and it falls over where an id is no UUID."""
    raise Http404


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for a request Django will not read, too large ones as such.

    The frame is left out here, too: it may be the host's name that is wrong, which links are made of.
    """
    refusal = TOO_LARGE if isinstance(exception, TOO_MUCH) else UNREADABLE
    if is_of_the_api(request.path):
        return refusal.answer(request)
    context = {"theme": theme_of(request), "limit_mb": settings.DOCUMENT_LIMIT_MB}
    return HttpResponse(get_template(f"{refusal.status}.html").render(context), status=refusal.status)
