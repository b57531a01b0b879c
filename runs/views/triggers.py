"""Asking for a run, and asking again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from runs import access, lifecycle, saved_inputs
from runs.agents.base import Agent
from runs.errors import (
    AgentPaused,
    AlreadyRunning,
    InvalidInput,
    NotContinued,
    NotFound,
    QuotaUsedUp,
    RateLimited,
    SeatTaken,
    UserLocked,
)
from runs.forms import InputForm
from runs.limits import permitted_agent
from runs.models import AgentRun
from runs.usual import usual_times
from runs.views.agent_page import agent_page, form_asked_for, named_id
from runs.views.conflicts import Wanted, conflict_of, on_conflict
from runs.views.requests import PageRequest

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def agent(request: PageRequest, name: str) -> HttpResponse:
    """What an agent does, and the form to run it."""
    chosen = permitted_agent(request.user, name)
    if request.method == "POST":
        return _trigger(request, chosen)
    form, said = form_asked_for(request, chosen)
    return agent_page(request, form, said=said)


def _trigger(request: PageRequest, chosen: Agent[Any, Any]) -> HttpResponse:
    form = InputForm.sent(chosen, request.user, request.POST, request.FILES)
    form.look()
    form.refuse_doomed()
    if form.is_refused:
        return agent_page(request, form, status=UNPROCESSABLE)
    try:
        run = lifecycle.trigger(request.user, chosen.name, form.values, on_conflict=on_conflict(request))
    except InvalidInput as refusal:
        form.complain(refusal.errors)
        return agent_page(request, form, status=refusal.status)
    except (AlreadyRunning, SeatTaken, AgentPaused, RateLimited, QuotaUsedUp, UserLocked) as refusal:
        return agent_page(request, form, refusal=refusal, status=refusal.status)
    if draft_id := named_id(form.draft_id):
        saved_inputs.discard_draft(request.user, draft_id)
    return redirect("run", run.pk)


@require_POST
def agent_preflight(request: PageRequest, name: str, field: str) -> HttpResponse:
    """A document's field again, after an upload or another choice: what is known of the document."""
    form = InputForm.sent(permitted_agent(request.user, name), request.user, request.POST, request.FILES)
    form.look(again=bool(request.FILES))
    form.find_earlier_run()
    found = next((each for each in form.fields if each.name == field and each.control == "document"), None)
    if found is None:
        raise NotFound("This agent takes no such document.")
    usual = usual_times([name]).get(name)
    return render(request, "_field.html", {"agent": form.agent, "field": found, "usual": usual})


@require_POST
def run_rerun(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The same thing again, as a new run."""
    return _again(request, run_id, lifecycle.rerun)


@require_POST
def run_continue(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The rest of a run that did not come to its end, as a new run."""
    try:
        return _again(request, run_id, lifecycle.continue_run)
    except NotContinued as refusal:
        # Running it again is offered on its page.
        messages.warning(request, refusal.sentence)
        return redirect("run", run_id)


def _again(request: PageRequest, run_id: UUID, verb: Callable[..., AgentRun]) -> HttpResponse:
    run = access.run_to_change(request.user, run_id)
    try:
        again = verb(run, by=request.user, on_conflict=on_conflict(request))
    except (AlreadyRunning, SeatTaken) as refusal:
        # Whoever acts for another could not run on their documents.
        wanted = Wanted(run=str(run.pk)) if run.user == request.user else Wanted()
        context = {
            "run": run,
            "is_rest": verb is lifecycle.continue_run,
            "refusal": refusal,
            "conflict": conflict_of(refusal, request.user, wanted),
        }
        return render(request, "run_rerun.html", context, status=refusal.status)
    return redirect("run", again.pk)
