"""Keeping what stands in a form as a draft, and giving it a name."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from runs import access, saved_inputs
from runs.errors import InputNotKept
from runs.forms import InputForm
from runs.limits import permitted_agent
from runs.models import SavedInput
from runs.views.agent_page import agent_page, named_id
from runs.views.requests import PageRequest


@require_POST
def agent_draft(request: PageRequest, name: str) -> HttpResponse:
    """Keep what the form holds as a draft, in place of the one it was opened from."""
    form = InputForm.sent(permitted_agent(request.user, name), request.user, request.POST, request.FILES)
    try:
        kept = saved_inputs.keep_draft(request.user, form.agent, form.values)
    except InputNotKept as refusal:
        return agent_page(request, form, refusal=refusal, status=refusal.status)
    if former := named_id(form.draft_id):
        saved_inputs.discard_draft(request.user, former)
    return _opened(kept)


@require_POST
def run_draft(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Keep a run's input as a draft, to run it again later."""
    run = access.readable_run_to_change(request.user, run_id)
    return _opened(saved_inputs.keep_draft(request.user, permitted_agent(request.user, run.agent), run.input))


@require_POST
def saved_input_rename(request: PageRequest, saved_id: UUID) -> HttpResponse:
    """Give a saved input another name, or a draft its first."""
    saved = saved_inputs.one(request.user, saved_id)
    try:
        saved_inputs.rename(saved, request.POST.get("name", ""))
    except InputNotKept as refusal:
        form = InputForm(permitted_agent(request.user, saved.agent), request.user, saved.input)
        return agent_page(request, form, refusal=refusal, status=refusal.status)
    return _opened(saved)


@require_POST
def saved_input_delete(request: PageRequest, saved_id: UUID) -> HttpResponse:
    """Forget a saved input or a draft."""
    saved = saved_inputs.one(request.user, saved_id)
    saved.delete()
    return redirect("agent", saved.agent)


def _opened(saved: SavedInput) -> HttpResponse:
    return redirect(f"{reverse('agent', args=[saved.agent])}?saved={saved.pk}")
