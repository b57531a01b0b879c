"""``/api/v1/runs/cancel`` and ``/rerun``: many runs at once, for operators."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Router

from runs import access, selections
from runs.api.authentication import caller_of
from runs.api.parameters import described, read_parameters
from runs.api.problems import refusals
from runs.errors import NothingChosen
from runs.filters import RunFilter
from runs.models import User
from runs.patience import limited_reads
from runs.schemas import OutcomeShape, SelectionRequest
from runs.selections import Selection, Verb

router = Router(tags=["runs"])

OptionalSelection = Annotated[SelectionRequest, Body(SelectionRequest())]

# All pages of a list are meant: there is no cursor.
narrowing = [each for each in described(RunFilter) if each["name"] != "cursor"]
choosing: dict[str, Any] = {**refusals(503), "parameters": narrowing}


@router.post("/cancel", response=OutcomeShape, openapi_extra=choosing)
def cancel_runs(request: HttpRequest, asked: OptionalSelection) -> dict[str, Any]:
    """Cancel the runs that are named, or all that the parameters find: the newest 500. For operators."""
    return _carry_out("cancel", request, asked)


@router.post("/rerun", response=OutcomeShape, openapi_extra=choosing)
def rerun_runs(request: HttpRequest, asked: OptionalSelection) -> dict[str, Any]:
    """Run again the runs that are named, or all that the parameters find: the newest 500. For operators.

    Each is for the user it was for. Of one user's, the first may take the waiting seat; the others are refused.
    """
    return _carry_out("rerun", request, asked)


def _carry_out(verb: Verb, request: HttpRequest, asked: SelectionRequest) -> dict[str, Any]:
    # How many a search finds tells of what is in them.
    user = access.who_may_read_too(caller_of(request))
    access.operates(user)
    chosen = _chosen(verb, user, read_parameters(request, RunFilter), asked)
    outcome = selections.carry_out(verb, chosen, by=user, reason=asked.reason)
    refused = [{"sentence": sentence, "count": count} for sentence, count in outcome.refusals]
    counts = {"chosen_count": len(chosen), "has_more": chosen.has_more, "done_count": outcome.done_count}
    return {"verb": verb, **counts, "refusals": refused}


def _chosen(verb: Verb, user: User, filter: RunFilter, asked: SelectionRequest) -> Selection:
    """Which runs are meant, as of now. Raises ``NothingChosen``: everything is not meant by saying nothing."""
    if (asked.runs is None) != filter.is_narrowed:
        raise NothingChosen("Name runs, or say by parameters which are meant: one of the two.")
    with limited_reads():
        if asked.runs is not None:
            return Selection.ticked(access.visible_runs(user), asked.runs)
        listed = access.listed_runs(user, filter.whose, filter.user)
        return Selection.matching(listed, filter, verb, timezone.now())
