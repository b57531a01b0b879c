"""Many runs at once: comparing two, cancelling or running again what an operator has chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast, get_args
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from runs import access, selections
from runs.errors import AgentSiteError, NotAllowed, NothingChosen
from runs.filters import RunFilter
from runs.patience import limited_reads
from runs.selections import MOST_AT_ONCE, Selection, Verb
from runs.views.requests import PageRequest

KEPT_AS: Final = "selection_outcome"
TO_COMPARE: Final = 2


@require_http_methods(["GET", "HEAD", "POST"])
def selection(request: PageRequest) -> HttpResponse:
    """Ask whether to do it to so many runs, or do it."""
    asked = request.POST if request.method == "POST" else request.GET
    ticked = _ticked(asked)
    if asked.get("do") == "compare":
        return _compare(ticked)
    if not request.user.is_operator:
        raise NotAllowed("Only operators can change several runs at once.")
    verb, at = _verb(asked), _moment(asked)
    with limited_reads():
        chosen = _chosen(request, asked, verb, ticked, at)
    if not chosen.ids:
        raise NothingChosen(_nothing(asked, verb))
    if request.method != "POST":
        context = {"selection": chosen, "verb": verb, "at": at, "asked": asked, "ticked": ticked}
        return render(request, "selection.html", {**context, "most_at_once": MOST_AT_ONCE})
    outcome = selections.carry_out(verb, chosen, by=request.user, reason=asked.get("reason", "").strip())
    request.session[KEPT_AS] = {**outcome.as_json(), "query": asked.get("query", "")}
    return redirect("selection_outcome")


@require_safe
def selection_outcome(request: PageRequest) -> HttpResponse:
    """What became of the last selection."""
    outcome: dict[str, Any] | None = request.session.get(KEPT_AS)
    return render(request, "selection_outcome.html", {"outcome": outcome}) if outcome else redirect("runs")


def _compare(ticked: list[UUID]) -> HttpResponse:
    if len(ticked) != TO_COMPARE:
        raise NothingChosen("Tick two runs of the list to compare them.")
    # The list is newest first, and one reads from the earlier to the later.
    later, earlier = ticked
    return HttpResponseRedirect(f"{reverse('compare')}?{urlencode({'left': earlier, 'right': later})}")


def _chosen(request: PageRequest, asked: QueryDict, verb: Verb, ticked: list[UUID], at: datetime) -> Selection:
    if asked.get("of") == "matching":
        filter = RunFilter.parse(QueryDict(asked.get("query", "")).dict())
        return Selection.matching(access.listed_runs(request.user, filter.whose, filter.user), filter, verb, at)
    return Selection.ticked(access.visible_runs(request.user), ticked)


def _ticked(asked: QueryDict) -> list[UUID]:
    found = []
    for text in asked.getlist("run"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _verb(asked: QueryDict) -> Verb:
    if asked.get("do") not in get_args(Verb):
        raise AgentSiteError("Choose what to do: cancel the runs, or run them again.")
    return cast(Verb, asked["do"])


def _moment(asked: QueryDict) -> datetime:
    """When the question was asked: what has come since was not meant."""
    try:
        at = parse_datetime(asked.get("at", ""))
    except ValueError:
        at = None
    return at if at is not None and timezone.is_aware(at) else timezone.now()


def _nothing(asked: QueryDict, verb: Verb) -> str:
    if asked.get("of") == "matching":
        return f"None of the runs that match can be {'cancelled' if verb == 'cancel' else 'run again'}."
    return "No run is ticked. Tick some in the list, or choose all that match."
