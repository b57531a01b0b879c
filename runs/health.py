"""Whether this process answers, for supervisors and load balancers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process can answer at all. Asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
