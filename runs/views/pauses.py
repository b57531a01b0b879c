"""Pausing an agent and resuming it, for operators."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from runs import access, agents, pausing
from runs.errors import ReasonMissing
from runs.views.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
def agent_pause(request: PageRequest, name: str) -> HttpResponse:
    """Ask for the reason, and pause."""
    access.operators_only(request.user)
    chosen = agents.get(name)
    if request.method != "POST":
        return render(request, "agent_pause.html", {"agent": chosen})
    try:
        pausing.pause(chosen.name, by=request.user, reason=request.POST.get("reason", ""))
    except ReasonMissing as refusal:
        return render(request, "agent_pause.html", {"agent": chosen, "refusal": refusal}, status=refusal.status)
    return _back(request, chosen.name)


@require_POST
def agent_resume(request: PageRequest, name: str) -> HttpResponse:
    """Let the agent be run again."""
    access.operators_only(request.user)
    pausing.resume(name, by=request.user)
    return _back(request, name)


def _back(request: PageRequest, name: str) -> HttpResponse:
    """To the page whose button it was."""
    return redirect("status") if request.POST.get("back") == "status" else redirect("agent", name)
