"""Home: what I am running, what I can run, and how my latest runs went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Q, When
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from runs import queue
from runs.agents import AGENTS
from runs.agents.base import Agent
from runs.filters import PAYLOAD_COLUMNS
from runs.limits import is_held
from runs.models import AgentRun, AgentSettings, Status, User
from runs.models.run import ACTIVE
from runs.usual import UsualTime, usual_times
from runs.views.pace import pace_of
from runs.views.requests import PageRequest
from runs.views.troubles import troubles_of
from runs.views.waits import wait_of
from runs.views.watched import WatchedRun

LATEST_RUNS: Final = 8
MOST_OF_EVERYBODY: Final = 20
MOST_CARDS: Final = 20
UNFINISHED: Final = (*ACTIVE, Status.WAITING)


@dataclass(frozen=True, slots=True)
class OfferedAgent:
    """An agent, how long it usually takes, and whether an operator has paused it."""

    agent: Agent[Any, Any]
    settings: AgentSettings | None
    usual: UsualTime | None

    @property
    def is_paused(self) -> bool:
        return self.settings is not None and self.settings.is_paused

    @property
    def is_held(self) -> bool:
        """Whether its new version waits for an operator's yes."""
        return is_held(self.agent, self.settings)


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """The whole page."""
    usual = usual_times(AGENTS)
    said = {**_runs(request.user, usual), "offered_agents": offered_agents(usual, request.user)}
    # While a run waits for a worker, what it waits for is asked instead: the page has its budget of queries.
    if not any(watched.run.status == Status.PENDING for watched in said["cards"]):
        said["troubles"] = troubles_of(request.user)
    return render(request, "home.html", said)


@require_safe
def home_update(request: PageRequest) -> HttpResponse:
    """What has changed on the page. Not at its address: a browser going back would show this instead."""
    shown = parse_shown(request.GET.get("shown", ""))
    return render(request, "home_update.html", _runs(request.user, usual_times(AGENTS), shown))


def _runs(user: User, usual: Mapping[str, UsualTime], shown: Sequence[UUID] = ()) -> dict[str, Any]:
    """What the page shows of runs; for operators, their own and everybody's are read at once."""
    if not user.is_operator:
        return my_runs(user, usual, shown=shown)
    is_theirs = Q(status=Status.WAITING, user=user)
    runs = AgentRun.objects.filter(Q(status__in=ACTIVE) | is_theirs).select_related("user", "document")
    own_first = Case(When(user=user, then=0), default=1)
    found = list(runs.defer(*PAYLOAD_COLUMNS).order_by(own_first, "created_at")[: MOST_CARDS + MOST_OF_EVERYBODY + 1])
    own = [run for run in found if run.user_id == user.pk]
    everybodys = sorted((run for run in found if run.is_active), key=lambda run: run.created_at)
    return {**my_runs(user, usual, shown=shown, unfinished=own), **_bounded(everybodys)}


def my_runs(
    user: User,
    usual: Mapping[str, UsualTime],
    *,
    shown: Sequence[UUID] = (),
    unfinished: list[AgentRun] | None = None,
) -> dict[str, Any]:
    """For the cards and the latest runs. ``unfinished`` is for who has read those already, oldest first.

    A run of ``shown``, which the reader has before them, keeps its card when it has ended:
    nothing disappears under the pointer.
    """
    own = AgentRun.objects.filter(user=user).select_related("document", "ended_by").defer(*PAYLOAD_COLUMNS)
    if unfinished is None:
        unfinished = list(own.filter(status__in=UNFINISHED).order_by("created_at"))
    ended = list(own.finished().filter(pk__in=shown)[:MOST_CARDS]) if shown else []
    active = [run for run in unfinished if run.is_active]
    capacity = queue.capacity()
    cards = sorted((*unfinished, *ended), key=lambda run: (run.status == Status.WAITING, run.created_at))
    return {
        "cards": [_card(run, user, active, capacity, usual) for run in cards],
        "latest_runs": list(own.finished().order_by("-created_at", "-id")[:LATEST_RUNS]),
        "my_active_runs": active,
        "is_anyone_listening": capacity.is_listening,
    }


def _card(
    run: AgentRun, user: User, active: list[AgentRun], capacity: queue.Capacity, usual: Mapping[str, UsualTime]
) -> WatchedRun:
    """What a card shows, without a query for each that all could share."""
    watched = WatchedRun(run, user)
    watched.pace = pace_of(run, usual)
    if run.status == Status.PENDING:
        watched.wait = wait_of(run, watched.now, capacity=capacity, usual=usual)
    # The one that ends first: asked to stop, or the oldest.
    watched.blocking_run = min(active, key=lambda each: (not each.is_stopping, each.created_at), default=None)
    return watched


def parse_shown(ids: str, most: int = MOST_CARDS) -> list[UUID]:
    """The runs a page says it shows, comma-separated; what is no id is left out."""
    found = []
    for word in ids.split(",")[:most]:
        with suppress(ValueError):
            found.append(UUID(word))
    return found


def everybodys_runs() -> dict[str, Any]:
    """For operators: what is active on the whole site, the oldest first, and whether there is more."""
    runs = AgentRun.objects.active().select_related("user", "document").defer(*PAYLOAD_COLUMNS)
    return _bounded(list(runs.order_by("created_at")[: MOST_OF_EVERYBODY + 1]))


def _bounded(runs: list[AgentRun]) -> dict[str, Any]:
    return {"everybodys_runs": runs[:MOST_OF_EVERYBODY], "has_more_runs": len(runs) > MOST_OF_EVERYBODY}


def offered_agents(usual: Mapping[str, UsualTime], user: User) -> list[OfferedAgent]:
    """The agents that ``user`` may run, in the registry's order."""
    rows = AgentSettings.objects.for_user(user).select_related("paused_by")
    settings = {row.agent: row for row in rows}
    closed = {row.agent for row in settings.values() if row.is_closed}
    return [
        OfferedAgent(agent, settings.get(name), usual.get(name))
        for name, agent in AGENTS.items()
        if name not in closed
    ]
