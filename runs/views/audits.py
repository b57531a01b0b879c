"""The audit, for operators: who did what, narrowed, paged, and taken along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from runs import access
from runs import audit as audits
from runs.audit import AuditFilter
from runs.errors import NotFound, TookTooLong
from runs.models import AuditEntry
from runs.patience import limited_reads
from runs.sheets import csv_of
from runs.views.requests import PageRequest

PAGES: Final = {
    "run": "run",
    "agent": "agent",
    "user": "admin:runs_user_change",
    "token": "admin:runs_apitoken_change",  # nosec B105
}
"""Where the site shows a subject."""
COLUMNS: Final = (
    "sequence", "id", "at", "action", "actor", "actor_name", "subject_type", "subject_id", "address", "request_id",
    "token_prefix", "details", "previous", "hash",
)  # fmt: skip
LONGEST_FACT: Final = 160
LENGTH_OF_ID: Final = 36


@require_safe
def audit(request: PageRequest) -> HttpResponse:
    """Entries, newest first, narrowed by what the URL says."""
    access.operators_only(request.user)
    chosen = AuditFilter.parse(request.GET.dict())
    context: dict[str, Any] = {"filter": chosen, "query": urlencode(chosen.query), "cursor": request.GET.get("cursor")}
    if chosen.faults:
        return render(request, "audit.html", context, status=422)
    try:
        with limited_reads():
            entries, cursor = chosen.page(request.GET.get("cursor", ""))
    except TookTooLong as refusal:
        return render(request, "audit.html", {**context, "refusal": refusal}, status=refusal.status)
    context["entries"] = [(entry, _name_of(entry), _page_of(entry), _facts(entry)) for entry in entries]
    context["older"] = urlencode({**chosen.query, "cursor": cursor}) if cursor else ""
    return render(request, "audit.html", context)


@require_safe
def audit_export(request: PageRequest, form: str) -> StreamingHttpResponse:
    """All that the filter finds, as CSV or as lines of JSON, with the hashes to verify them by."""
    access.operators_only(request.user)
    chosen = AuditFilter.parse(request.GET.dict())
    if chosen.faults:
        raise NotFound("This filter can not be used.")
    audits.record("audit.exported", actor=request.user, form=form, filter=chosen.query)
    lines, media_type = (_csv(chosen), "text/csv") if form == "csv" else (_json_lines(chosen), "application/x-ndjson")
    response = StreamingHttpResponse(lines, content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _csv(chosen: AuditFilter) -> Iterator[str]:
    yield csv_of([COLUMNS])
    for entry in chosen.all():
        # Without the mark that begins a file.
        yield csv_of([_shape(entry).values()])[1:]


def _json_lines(chosen: AuditFilter) -> Iterator[str]:
    for entry in chosen.all():
        yield json.dumps(_shape(entry), ensure_ascii=False) + "\n"


def _shape(entry: AuditEntry) -> dict[str, Any]:
    plain = {name: getattr(entry, name) for name in COLUMNS if name != "actor"}
    plain["at"] = entry.at.isoformat(timespec="microseconds")
    plain["actor"] = str(entry.actor_id) if entry.actor_id else None
    return {name: plain[name] for name in COLUMNS}


def _name_of(entry: AuditEntry) -> str:
    """What it was done to, with the beginning of a long id to tell it by."""
    name = entry.subject_id[:8] if len(entry.subject_id) == LENGTH_OF_ID else entry.subject_id
    return f"{entry.subject_type} {name}".strip()


def _page_of(entry: AuditEntry) -> str:
    try:
        return reverse(PAGES[entry.subject_type], args=[entry.subject_id]) if entry.subject_type in PAGES else ""
    except NoReverseMatch:
        return ""


def _facts(entry: AuditEntry) -> list[tuple[str, str]]:
    """The details as words; what is nested as JSON, cut where it is long: an export has all of it."""
    facts = []
    for name, value in entry.details.items():
        match value:
            case None:
                continue
            case str():
                text = value
            case list() if all(isinstance(item, str) for item in value):
                text = ", ".join(value)
            case _:
                text = json.dumps(value, ensure_ascii=False)
        facts.append((name.replace("_", " "), text if len(text) <= LONGEST_FACT else f"{text[: LONGEST_FACT - 1]}…"))
    return facts
