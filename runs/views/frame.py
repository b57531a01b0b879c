"""What every page shows around its own: navigation, and what is running."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from runs import queue
from runs.agents.base import Agent
from runs.filters import PAYLOAD_COLUMNS
from runs.limits import permitted_agents
from runs.models import AgentRun, User
from runs.sessions import closed_agents
from runs.views.requests import PageRequest
from runs.views.themes import THEMES, theme_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """For all templates: the theme, and lazily the reader's agents, active runs, and whether anyone listens."""
    user = getattr(request, "user", None)
    # "active" lists so that the admin's templates, which have other words, stay clear of them.
    active = SimpleLazyObject(lambda: active_runs_of(user.pk) if isinstance(user, User) else [])
    return {
        "theme": theme_of(request),
        "all_themes": THEMES,
        "all_agents": SimpleLazyObject(lambda: agents_for(request)),
        "my_active_runs": active,
        "is_anyone_listening": SimpleLazyObject(lambda: is_anyone_listening(active)),
    }


def agents_for(request: HttpRequest) -> list[Agent[Any, Any]]:
    """The agents that who asks may run; none for nobody."""
    user = getattr(request, "user", None)
    return permitted_agents(user, closed_agents(request)) if isinstance(user, User) else []


def active_runs_of(user_id: UUID) -> list[AgentRun]:
    """The runs that hold a slot of the user's, oldest first."""
    runs = AgentRun.objects.active().filter(user=user_id).select_related("document")
    return list(queue.with_listening(runs).defer(*PAYLOAD_COLUMNS).order_by("created_at"))


def is_anyone_listening(active: Any) -> bool:
    """What active runs know of it already, where there are any."""
    return bool(active[0].is_anyone_listening) if active else queue.is_anyone_listening()


@require_safe
def active_runs(request: PageRequest) -> HttpResponse:
    """The line in the header again, for a page that is open."""
    return render(request, "_active_runs.html")


@require_safe
def worker_banner(request: PageRequest) -> HttpResponse:
    """Whether a worker listens, again, for a page that is open."""
    return render(request, "_worker_banner.html")
