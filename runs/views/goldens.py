"""Golden documents: pinning a verified result, and saying yes to what a new version changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from runs import access, agents, goldens
from runs.agents.base import Agent
from runs.models import Golden
from runs.views.requests import PageRequest


@dataclass(frozen=True, slots=True)
class HeldAgent:
    """An agent with its goldens. ``is_held``: its version of now waits for a yes."""

    agent: Agent[Any, Any]
    goldens: Sequence[Golden]
    is_held: bool

    @property
    def is_checked(self) -> bool:
        """Whether every golden was checked by the version that is there."""
        return all(golden.checked_version == self.agent.version for golden in self.goldens)

    @property
    def changed_count(self) -> int:
        return sum(not golden.is_kept for golden in self.goldens)


@require_POST
def run_pin(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Hold later versions of the agent to this run's result."""
    run = access.readable_run_to_change(request.user, run_id)
    goldens.pin(run, by=request.user, note=request.POST.get("note", ""))
    return redirect("run", run_id)


@require_POST
def run_unpin(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Hold nobody to it any more."""
    goldens.unpin(access.run_to_change(request.user, run_id), by=request.user)
    return redirect("run", run_id)


@require_safe
def golden_documents(request: PageRequest) -> HttpResponse:
    """Every golden with what the last check found, by agent. For operators."""
    access.operators_only(request.user)
    held = {agent.name for agent in goldens.waiting_for_a_yes()}
    by_agent: dict[str, list[Golden]] = {}
    for golden in goldens.all_shown():
        by_agent.setdefault(golden.run.agent, []).append(golden)
    shown = [
        HeldAgent(agents.get(name), found, name in held) for name, found in by_agent.items() if name in agents.AGENTS
    ]
    return render(request, "golden_documents.html", {"held_agents": shown})


@require_POST
def agent_accept(request: PageRequest, name: str) -> HttpResponse:
    """Say yes to the version that is there."""
    access.operators_only(request.user)
    goldens.accept(agents.get(name), by=request.user)
    return redirect("golden_documents")
