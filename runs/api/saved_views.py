"""``/api/v1/saved-views``: lists of runs that somebody comes back to.

They say what is searched for: saving or renaming one takes a token that may read runs, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, QueryDict
from ninja import Path, Router

from runs import access, saved_views
from runs.api.authentication import caller_of, signed_in
from runs.api.parameters import LARGEST_ID
from runs.api.problems import Refused, refusals, wrong_fields
from runs.errors import InvalidInput, SavedViewRefused
from runs.filters import RunFilter
from runs.models import SavedView
from runs.schemas import SavedViewList, SavedViewName, SavedViewRequest, SavedViewShape, link

router = Router(tags=["saved views"])

ViewId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", response=SavedViewList, openapi_extra=refusals())
def list_saved_views(request: HttpRequest) -> dict[str, Any]:
    """List your saved views by name: thirty at most."""
    return {"saved_views": signed_in(request).saved_views.all()}


@router.post("", response={201: SavedViewShape}, openapi_extra=refusals())
def create_saved_view(request: HttpRequest, response: HttpResponse, asked: SavedViewRequest) -> SavedView:
    """Save what the list of runs is narrowed to, under a name."""
    user = access.who_may_read_too(caller_of(request))
    view = saved_views.save(user, asked.name, _filter(asked.query))
    view.refresh_from_db()
    response["Location"] = link({"request": request}, "api:get_saved_view", view.pk)
    return view


@router.get("/{view_id}", response=SavedViewShape, openapi_extra=refusals())
def get_saved_view(request: HttpRequest, view_id: ViewId) -> SavedView:
    """Show one saved view."""
    return saved_views.own(signed_in(request), view_id)


@router.patch("/{view_id}", response=SavedViewShape, openapi_extra=refusals())
def rename_saved_view(request: HttpRequest, view_id: ViewId, asked: SavedViewName) -> SavedView:
    """Give a saved view another name."""
    return saved_views.rename(access.who_may_read_too(caller_of(request)), view_id, asked.name)


@router.delete("/{view_id}", response={204: None}, openapi_extra=refusals())
def delete_saved_view(request: HttpRequest, view_id: ViewId) -> None:
    """Let a saved view go. What it shows stays."""
    saved_views.delete(signed_in(request), view_id)


def _filter(query: str) -> RunFilter:
    """As the list reads its parameters. Raises ``Refused``, which names the faulty ones within ``query``."""
    given = QueryDict(query)
    twice = [name for name, values in given.lists() if len(values) > 1]
    faults = [{"type": "given_twice", "loc": (name,), "msg": "This can be given only once"} for name in twice]
    try:
        filter = RunFilter.parse(given.dict())
    except InvalidInput as refusal:
        faults += list(refusal.errors)  # type: ignore[arg-type]
    if faults:
        placed = [{**fault, "loc": ("body", "query", *fault["loc"])} for fault in faults]
        raise Refused(replace(wrong_fields(placed), code=SavedViewRefused.code))
    return filter
