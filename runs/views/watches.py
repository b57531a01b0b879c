"""One run, as it goes and as it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from runs import access
from runs.errors import NotFound
from runs.models import AgentRun, RunEvent
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun, parse_cursor

EVENTS_AT_ONCE = 500


@require_safe
@vary_on_headers("HX-Target")
def run(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The whole page of a run, or the one tab of it that a script asks for."""
    found = access.visible_run(request.user, run_id)
    watched = WatchedRun(found, request.user, query=request.GET.dict())
    asked = next((panel for panel in watched.panels if panel.element == request.htmx.target), None)
    template = "run.html" if asked is None else asked.template
    return render(request, template, {"run": found, "watched": watched, "panel": asked})


@require_safe
def run_update(request: PageRequest, run_id: UUID) -> HttpResponse:
    """What has changed on a run's page since the event ``after`` and the standing ``seen``.

    The run is read before its events, so that the last update of a run that has
    ended lacks none of them.
    """
    found = access.visible_run_without_payload(request.user, run_id)
    watched = WatchedRun(
        found, request.user, after=parse_cursor(request.GET.get("after", "")), seen=request.GET.get("seen", "")
    )
    return render(request, "run_update.html", {"run": found, "watched": watched})


@require_safe
def run_log(request: PageRequest, run_id: UUID) -> StreamingHttpResponse:
    """The whole history of a run as text, a line for each event."""
    found = access.readable_run(request.user, run_id)
    response = StreamingHttpResponse(_lines(found), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="run-{found.pk}.log.txt"'
    return response


def _lines(found: AgentRun) -> Iterator[str]:
    # In pieces by key: nothing is held open in the database while a slow reader reads.
    after = 0
    while events := list(RunEvent.objects.filter(run=found, pk__gt=after).order_by("pk")[:EVENTS_AT_ONCE]):
        for event in events:
            yield f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ} {event.data.get('level', event.kind)} {event.message}\n"
        after = events[-1].pk


@require_safe
def run_output(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The output of a run as a JSON file."""
    found = access.readable_run(request.user, run_id)
    if found.output is None:
        raise NotFound("This run has no output.")
    text = json.dumps(WatchedRun(found, request.user).output, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="run-{found.pk}.json"'
    return response
