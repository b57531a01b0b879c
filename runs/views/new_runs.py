"""A list of runs that is open: what has changed in the rows it shows, and how many have come since.

Nothing is inserted: the reader is told, and decides when to look.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs import access
from runs.errors import InvalidInput
from runs.filters import PAYLOAD_COLUMNS, RunFilter
from runs.models import User
from runs.patience import limited_reads
from runs.positions import Position
from runs.views.home import parse_shown
from runs.views.listing import Listing, is_of_several
from runs.views.requests import PageRequest

MOST_NEW: Final = 100
MOST_ROWS: Final = 50


@require_safe
def runs_update(request: PageRequest) -> HttpResponse:
    """What has changed in a list: ``rows`` are the runs it shows, ``first`` its top, the rest its filter."""
    parameters = request.GET.dict()
    rows = parse_shown(parameters.pop("rows", ""), most=MOST_ROWS)
    first = parameters.pop("first", "")
    filter = RunFilter.parse(parameters)
    shown = access.visible_runs(request.user).filter(pk__in=rows).select_related("user", "document")
    context = {
        "filter_query": filter.query(cursor=""),
        "update_query": request.GET.urlencode(),
        "new_count": _new_count(request.user, filter, first) if first else 0,
        "most_new": MOST_NEW,
        "shows_users": is_of_several(request.user, filter),
        "runs": list(shown.defer(*PAYLOAD_COLUMNS)),
    }
    return render(request, "runs_update.html", context)


def _new_count(user: User, filter: RunFilter, first: str) -> int:
    """How many runs stand before the first of the list; counted to ``MOST_NEW`` at most."""
    try:
        position = Position.parse(first)
    except ValueError as error:
        raise InvalidInput([{"loc": ("first",), "msg": str(error), "type": "value_error"}]) from None
    listed = access.listed_runs(user, filter.whose, filter.user)
    newer = position.strictly_newer(filter.narrow(listed.runs, timezone.now()))
    with limited_reads():
        return newer.order_by()[:MOST_NEW].count()


def watching(listing: Listing) -> dict[str, Any]:
    """What a list needs in its page to be kept true. An older page is told of no new runs."""
    query = listing.query
    rows = ",".join(str(run.pk) for run in listing.runs[:MOST_ROWS])
    asked = {"first": "" if listing.filter.cursor else str(_top_of(listing)), "rows": rows}
    more = urlencode({name: value for name, value in asked.items() if value})
    return {"filter_query": query, "update_query": "&".join(part for part in (query, more) if part)}


def _top_of(listing: Listing) -> Position:
    newest = max(listing.page.runs, key=lambda run: (run.created_at, run.pk), default=None)
    return Position(newest.created_at, newest.pk) if newest else Position(listing.now, UUID(int=0))
