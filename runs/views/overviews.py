"""Home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from runs import queue
from runs.agents import AGENTS
from runs.agents.base import Agent
from runs.filters import PAYLOAD_COLUMNS
from runs.models import AgentRun, AgentSettings, User
from runs.views.frame import active_runs_of
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun

LATEST_RUNS = 8


@dataclass(frozen=True, slots=True)
class OfferedAgent:
    """An agent, and whether an operator has paused it."""

    agent: Agent[Any, Any]
    settings: AgentSettings | None

    @property
    def is_paused(self) -> bool:
        return self.settings is not None and self.settings.is_paused


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """What I am running, what I can run, and how my latest runs went."""
    return render(request, "home.html", {**_my_runs(request.user), "offered_agents": offered_agents()})


@require_safe
def home_update(request: PageRequest) -> HttpResponse:
    """What has changed on the home page. Not at its address: a browser going back would show this instead."""
    return render(request, "home_update.html", _my_runs(request.user))


def _my_runs(user: User) -> dict[str, Any]:
    own = AgentRun.objects.filter(user=user).select_related("document").defer(*PAYLOAD_COLUMNS)
    waiting = list(own.waiting())
    unfinished = [WatchedRun(run, user) for run in (*active_runs_of(user), *waiting)]
    finished = list(own.finished().order_by("-created_at", "-id")[:LATEST_RUNS])
    is_listening = queue.is_anyone_listening()
    return {"unfinished_runs": unfinished, "latest_runs": finished, "is_anyone_listening": is_listening}


def offered_agents() -> list[OfferedAgent]:
    """All agents of the registry, in its order."""
    settings = {row.agent: row for row in AgentSettings.objects.select_related("paused_by")}
    return [OfferedAgent(agent, settings.get(name)) for name, agent in AGENTS.items()]
