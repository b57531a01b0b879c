"""An agent's page: what it does, what can be filled in at once, and the form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from runs import saved_inputs
from runs.agents.base import Agent
from runs.errors import AgentPaused, AgentSiteError
from runs.forms import InputForm
from runs.limits import limits_for
from runs.models import AgentRun, SavedInput, User
from runs.usual import usual_times
from runs.views.conflicts import Wanted, conflict_of
from runs.views.refusals import with_retry_after
from runs.views.requests import PageRequest
from runs.views.unsent import form_of

MOST_KEPT = 100
LONGEST_REFERENCE = 80


def form_asked_for(request: PageRequest, chosen: Agent[Any, Any]) -> tuple[InputForm, dict[str, Any]]:
    """The form filled in as the address says, and what the page says about that."""
    if number := _example(request, chosen):
        return InputForm(chosen, request.user, chosen.illustrations[number - 1].input), {"example": number}
    if opened := _saved(request, chosen):
        form = InputForm(chosen, request.user, opened.input)
        form.draft_id = str(opened.pk) if opened.is_draft else ""
        return form, {"opened": opened, "is_unsent": "unsent" in request.GET}
    if run := _earlier_run(request, chosen):
        return InputForm(chosen, request.user, run.input), {"filled_from": run}
    return InputForm(chosen, request.user, _named_policy(request, chosen)), {}


def _named_policy(request: PageRequest, chosen: Agent[Any, Any]) -> dict[str, Any]:
    """``?policy=`` fills in which rules to check by, where the agent takes any."""
    name = request.GET.get("policy", "")
    return {"policy": name[:LONGEST_REFERENCE]} if name and "policy" in chosen.Input.model_fields else {}


def agent_page(
    request: PageRequest,
    form: InputForm,
    *,
    refusal: AgentSiteError | None = None,
    status: int = 200,
    said: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page with ``form`` on it, and why it is shown again."""
    form.recall()
    form.find_earlier_run()
    name = form.agent.name
    kept = list(saved_inputs.own(request.user).filter(agent=name)[:MOST_KEPT])
    context = {
        "agent": form.agent,
        "form": form,
        "form_of": form_of(request.user),
        "paused": _paused(form.agent, request.user),
        "usual": usual_times([name]).get(name),
        "saved_inputs": [each for each in kept if not each.is_draft],
        "drafts": [each for each in kept if each.is_draft],
        "last_run": _last_run(request.user, name),
        "refusal": refusal,
        "conflict": conflict_of(refusal, request.user, Wanted(agent=name)),
        **(said or {}),
    }
    response = render(request, "agent.html", context, status=status)
    return with_retry_after(response, refusal) if refusal else response


def _example(request: HttpRequest, chosen: Agent[Any, Any]) -> int:
    """The number of the illustration that was picked, from 1; 0 for none."""
    number = request.GET.get("example", "")
    is_there = number.isdecimal() and len(number) < 4 and 0 < int(number) <= len(chosen.illustrations)
    return int(number) if is_there else 0


def _saved(request: PageRequest, chosen: Agent[Any, Any]) -> SavedInput | None:
    """The saved input or draft named by ``?saved=``."""
    saved_id = named_id(request.GET.get("saved", ""))
    if saved_id is None:
        return None
    return SavedInput.objects.filter(user=request.user, agent=chosen.name, pk=saved_id).first()


def _earlier_run(request: PageRequest, chosen: Agent[Any, Any]) -> AgentRun | None:
    """The run named by ``?run=``, to change its input and run again."""
    run_id = named_id(request.GET.get("run", ""))
    if run_id is None:
        return None
    own = AgentRun.objects.filter(pk=run_id, user=request.user, agent=chosen.name)
    return own.only("id", "input", "created_at").first()


def _last_run(user: User, agent: str) -> AgentRun | None:
    own = AgentRun.objects.filter(user=user, agent=agent).only("id", "created_at")
    return own.order_by("-created_at", "-id").first()


def named_id(text: str) -> UUID | None:
    """The id that ``text`` is; None for nonsense."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _paused(chosen: Agent[Any, Any], user: User) -> AgentPaused | None:
    try:
        limits_for(chosen, user)
    except AgentPaused as refusal:
        return refusal
    return None
