"""A run's result as a file for spreadsheets."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from runs import access
from runs.errors import NotFound
from runs.sheets import csv_of, sheet_of
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun


@require_safe
def run_result(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The values or findings of a run as CSV, a line each; of any other output its tables or facts."""
    found = access.readable_run(request.user, run_id)
    if found.output is None:
        raise NotFound("This run has no output.")
    text = csv_of(sheet_of(WatchedRun(found, request.user).output))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{found.pk}.csv"'
    return response
