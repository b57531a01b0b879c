"""Home, and the list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs import access, filters, queue
from runs.agents import AGENTS
from runs.agents.base import Agent
from runs.errors import InvalidInput
from runs.filters import PAYLOAD_COLUMNS, RunFilter, RunPage
from runs.forms import complaint
from runs.models import AgentRun, AgentSettings, User
from runs.views.frame import active_runs_of
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun

LATEST_RUNS = 8
STATUS_TABS = {
    "": "All",
    "active": "Active",
    "waiting": "Waiting",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
PERIOD_LABELS = {"": "Any time", "hour": "Last hour", "day": "Last day", "week": "Last week", "month": "Last 30 days"}


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


@require_safe
def runs(request: PageRequest) -> HttpResponse:
    """The runs I may see, newest first, narrowed by what the URL says."""
    try:
        filter = RunFilter.parse(request.GET.dict())
    except InvalidInput as refusal:
        context = {**_filter_choices(RunFilter.parse({})), "faults": _faults(refusal), "page": RunPage([], "")}
        return render(request, "runs.html", context, status=400)
    page = filters.page_of(access.visible_runs(request.user), filter, now=timezone.now())
    return render(request, "runs.html", {**_filter_choices(filter), "page": page, "older": _older(filter, page)})


def _faults(refusal: InvalidInput) -> list[tuple[str, str]]:
    return [(str(error["loc"][0]) if error["loc"] else "filter", complaint(error)) for error in refusal.errors]


def _filter_choices(filter: RunFilter) -> dict[str, Any]:
    tabs = [
        (label, status == filter.status, _url_query(filter, status=status)) for status, label in STATUS_TABS.items()
    ]
    return {"filter": filter, "status_tabs": tabs, "periods": PERIOD_LABELS.items()}


def _older(filter: RunFilter, page: RunPage) -> str:
    return _url_query(filter, cursor=page.next_cursor) if page.next_cursor else ""


def _url_query(filter: RunFilter, **changes: str) -> str:
    """The filter as the URL has it, with ``changes``; the page is forgotten unless it is one of them."""
    values = {**filter.model_dump(), "cursor": "", **changes}
    return "?" + urlencode({name: value for name, value in values.items() if value})
