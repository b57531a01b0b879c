"""Asking for a run, and asking again."""

from __future__ import annotations

from typing import Any, cast, get_args
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from runs import access, agents, lifecycle
from runs.agents.base import Agent
from runs.errors import AgentPaused, AgentSiteError, AlreadyRunning, InvalidInput, SeatTaken, UserLocked
from runs.forms import InputForm
from runs.lifecycle import OnConflict
from runs.limits import refuse_if_paused
from runs.models import AgentRun
from runs.views.refusals import with_retry_after
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def agent(request: PageRequest, name: str) -> HttpResponse:
    """What an agent does, and the form to run it."""
    chosen = agents.get(name)
    if request.method == "POST":
        return _trigger(request, chosen)
    example = _example(request, chosen)
    values = chosen.illustrations[example - 1].input if example else _earlier_input(request, chosen)
    form = InputForm(chosen, request.user, values)
    return _agent_page(request, form, example=example)


def _example(request: PageRequest, chosen: Agent[Any, Any]) -> int:
    """The number of the illustration that was picked, from 1; 0 for none."""
    number = request.GET.get("example", "")
    is_there = number.isdecimal() and len(number) < 4 and 0 < int(number) <= len(chosen.illustrations)
    return int(number) if is_there else 0


def _earlier_input(request: PageRequest, chosen: Agent[Any, Any]) -> dict[str, Any]:
    """The input of the run named by ``?run=``, to change it and run again."""
    try:
        run_id = UUID(request.GET.get("run", ""))
    except ValueError:
        return {}
    own = AgentRun.objects.filter(pk=run_id, user=request.user, agent=chosen.name)
    return next((dict(values) for values in own.values_list("input", flat=True)), {})


def _trigger(request: PageRequest, chosen: Agent[Any, Any]) -> HttpResponse:
    form = InputForm.sent(chosen, request.user, request.POST, request.FILES)
    if form.is_refused:
        return _agent_page(request, form, status=UNPROCESSABLE)
    try:
        run = lifecycle.trigger(request.user, chosen.name, form.values, on_conflict=_on_conflict(request))
    except InvalidInput as refusal:
        form.complain(refusal.errors)
        return _agent_page(request, form, status=refusal.status)
    except (AlreadyRunning, SeatTaken, AgentPaused, UserLocked) as refusal:
        return _agent_page(request, form, refusal=refusal, status=refusal.status)
    return redirect("run", run.pk)


def _agent_page(
    request: PageRequest,
    form: InputForm,
    *,
    refusal: AgentSiteError | None = None,
    status: int = 200,
    example: int = 0,
) -> HttpResponse:
    context = {
        "agent": form.agent,
        "form": form,
        "example": example,
        "paused": _paused(form.agent),
        **conflict(request, refusal),
    }
    response = render(request, "agent.html", context, status=status)
    return with_retry_after(response, refusal) if refusal else response


def _paused(chosen: Agent[Any, Any]) -> AgentPaused | None:
    try:
        refuse_if_paused(chosen)
    except AgentPaused as refusal:
        return refusal
    return None


@require_POST
def run_rerun(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The same thing again, as a new run."""
    run = access.visible_run(request.user, run_id)
    try:
        again = lifecycle.rerun(run, by=request.user, on_conflict=_on_conflict(request))
    except (AlreadyRunning, SeatTaken) as refusal:
        return render(request, "run_rerun.html", {"run": run, **conflict(request, refusal)}, status=refusal.status)
    return redirect("run", again.pk)


def conflict(request: PageRequest, refusal: AgentSiteError | None) -> dict[str, Any]:
    """What the card about a conflict shows: the refusal, and the run that is in the way."""
    match refusal:
        case AlreadyRunning():
            return {"refusal": refusal, "watched": WatchedRun(refusal.active_run, request.user)}
        case SeatTaken():
            return {"refusal": refusal, "watched": WatchedRun(refusal.waiting_run, request.user)}
        case _:
            return {"refusal": refusal}


def _on_conflict(request: PageRequest) -> OnConflict:
    chosen = request.POST.get("on_conflict", "")
    return cast(OnConflict, chosen) if chosen in get_args(OnConflict) else "reject"
