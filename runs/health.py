"""Whether this process answers, and what it answers when all else has failed."""

from __future__ import annotations

import sys

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from runs.api.problems import fault
from runs.views.refusals import is_of_the_api


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
    page = get_template(f"{refusal.status}.html").render({"refusal": refusal})
    return HttpResponse(page, status=refusal.status, headers=dict(refusal.headers))
