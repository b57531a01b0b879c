"""``/api/v1/runs/…/log``, ``/result`` and ``/receipt``: what a run has said and found, as files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from runs import access, receipts
from runs.api.authentication import signed_in
from runs.api.bodies import write_json
from runs.api.parameters import described, read_parameters
from runs.api.problems import refusals
from runs.errors import NoResult
from runs.models import AgentRun, RunEvent, Status
from runs.models.event import LINES
from runs.schemas import declared_output
from runs.schemas.base import iso
from runs.sheets import csv_of, sheet_of

router = Router(tags=["runs"])

JSON: Final = "application/json"
CSV: Final = "text/csv"
HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
LINES_AT_ONCE: Final = 1000


class ResultParameters(BaseModel):
    """In which form a result is wanted."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["", "json", "csv"] = Field("", description="What counts is Accept where this is not given.")


def as_file(*media_types: str) -> dict[int, Any]:
    """How OpenAPI describes an answer that is a file."""
    content: dict[str, Any] = {media_type: {} for media_type in media_types}
    return {200: {"description": "The file", "content": content}}


@router.get("/{run_id}/log", openapi_extra={"responses": {**as_file("text/plain"), **refusals(403, 404)["responses"]}})
def download_log(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Download what the agent has said so far, as text: a line for each, with its time, attempt and level."""
    run = access.readable_run(signed_in(request), run_id)
    return _named(StreamingHttpResponse(_log_of(run), content_type=TEXT), run, "log")


@router.get(
    "/{run_id}/result",
    openapi_extra={
        "responses": {**as_file(JSON, CSV), **refusals(403, 404, 409)["responses"]},
        "parameters": described(ResultParameters),
    },
)
def download_result(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Download the output of a completed run: as JSON, or as CSV with a line for each value or finding."""
    wanted = read_parameters(request, ResultParameters).format or _preferred(request)
    run = access.readable_run(signed_in(request), run_id)
    if run.status != Status.COMPLETED:
        raise NoResult(run)
    output = declared_output(run)
    if wanted == "csv":
        response = HttpResponse(csv_of(sheet_of(output)), content_type=f"{CSV}; charset=utf-8")
    else:
        response = HttpResponse(write_json(output), content_type=JSON)
    patch_vary_headers(response, ["Accept"])
    return _named(response, run, wanted)


@router.get(
    "/{run_id}/receipt", openapi_extra={"responses": {**as_file(JSON), **refusals(403, 404, 409)["responses"]}}
)
def download_receipt(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Download the sealed receipt of a run that has ended: what it was asked, by what it was judged, what came of it.

    `manage.py verifyreceipt` says whether one was changed, and where.
    """
    run = access.readable_run(signed_in(request), run_id)
    return _named(HttpResponse(receipts.text_of(receipts.receipt_of(run)), content_type=JSON), run, "receipt.json")


@router.get(
    "/{run_id}/receipt.html",
    openapi_extra={"responses": {**as_file("text/html"), **refusals(403, 404, 409)["responses"]}},
)
def download_receipt_page(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Download the same as a page to read and print, which carries the JSON in it."""
    run = access.readable_run(signed_in(request), run_id)
    return _named(HttpResponse(receipts.page_of(receipts.receipt_of(run)), content_type=HTML), run, "receipt.html")


def _preferred(request: HttpRequest) -> str:
    return "csv" if request.get_preferred_type([JSON, CSV]) == CSV else "json"


def _named(response: HttpResponseBase, run: AgentRun, ending: str) -> HttpResponseBase:
    """A file to be saved, never shown as one of our pages."""
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _log_of(run: AgentRun) -> Iterator[str]:
    """The log's lines, a thousand at a time: of a long one no more is held."""
    last = 0
    while True:
        lines = RunEvent.objects.filter(run=run, kind__in=LINES, pk__gt=last).order_by("pk")[:LINES_AT_ONCE]
        found = list(lines)
        yield from map(_line, found)
        if len(found) < LINES_AT_ONCE:
            return
        last = found[-1].pk


def _line(event: RunEvent) -> str:
    """What follows the first line of a text is set in, so that every line that is not begins with a time."""
    level = event.data.get("level", "step")
    return f"{iso(event.at)} #{event.attempt} {level:7} {event.message.rstrip().replace(chr(10), chr(10) + '    ')}\n"
