"""A run that is in the way of another: the card that says so, and what is offered instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast, get_args
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import reswap, retarget

from runs import access
from runs.agents import AGENTS
from runs.errors import AgentSiteError, AlreadyRunning, SeatTaken
from runs.filters import PAYLOAD_COLUMNS
from runs.lifecycle import OnConflict
from runs.models import AgentRun, Status, User
from runs.templatetags.moments import roughly
from runs.usual import UsualTime, usual_times
from runs.views.requests import PageRequest
from runs.views.watched import WatchedRun

NEARLY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the run is in the way of: a run of ``agent``, or ``run`` once more."""

    agent: str = ""
    run: str = ""

    @classmethod
    def read(cls, request: PageRequest) -> Wanted:
        """From the address of the card's updates. What is unknown is left out."""
        agent, run = request.GET.get("agent", ""), request.GET.get("again", "")
        return cls(agent if agent in AGENTS else "", run if _is_uuid(run) else "")

    @property
    def query(self) -> str:
        return urlencode({"agent": self.agent, "again": self.run})

    @property
    def draft_url(self) -> str:
        """Where it is kept as a draft."""
        if self.run:
            return reverse("run_draft", args=[self.run])
        return reverse("agent_draft", args=[self.agent]) if self.agent else ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """``watched`` holds the slot or, where ``is_seat``, the waiting seat; ``choices`` are those of ``on_conflict``.

    None of both is left where ``is_over``: the slot is free again.
    """

    watched: WatchedRun
    wanted: Wanted
    choices: Sequence[str] = ()
    is_seat: bool = False
    is_over: bool = False

    @property
    def run(self) -> AgentRun:
        return self.watched.run

    @property
    def usual(self) -> UsualTime | None:
        return usual_times([self.run.agent]).get(self.run.agent)

    @property
    def estimate(self) -> str:
        """When the run will have ended, as far as earlier ones tell."""
        usual = self.usual if self.run.is_active else None
        if usual is None:
            return ""
        if self.run.status == Status.PENDING or self.run.started_at is None:
            return f"Usually done about {roughly(usual.median)} after it has started."
        ran = self.watched.now - self.run.started_at
        if usual.median - ran > NEARLY:
            return f"Usually done in about {roughly(usual.median - ran)}."
        if ran <= usual.slow:
            return "Usually done by now: it should end any moment."
        return f"Slower than usual: nine of ten end within {roughly(usual.slow)}."


def conflict_of(refusal: AgentSiteError | None, user: User, wanted: Wanted) -> Conflict | None:
    """What a refusal says about a run in the way; None for one that is about something else."""
    match refusal:
        case AlreadyRunning():
            return Conflict(WatchedRun(refusal.active_run, user), wanted, refusal.choices)
        case SeatTaken():
            return Conflict(WatchedRun(refusal.waiting_run, user), wanted, refusal.choices, is_seat=True)
        case _:
            return None


def on_conflict(request: PageRequest) -> OnConflict:
    """Which of the card's buttons was pressed."""
    chosen = request.POST.get("on_conflict", "")
    return cast(OnConflict, chosen) if chosen in get_args(OnConflict) else "reject"


@require_safe
def run_conflict(request: PageRequest, run_id: UUID) -> HttpResponse:
    """How the run in the way is now; the whole card again where that has changed what can be done."""
    run, wanted = access.run_to_change(request.user, run_id), Wanted.read(request)
    run = access.shown_to(request.user, run)
    is_seat = "seat" in request.GET
    if run.status == Status.WAITING if is_seat else run.is_active:
        context: dict[str, Any] = {"conflict": Conflict(WatchedRun(run, request.user), wanted, is_seat=is_seat)}
        return render(request, "_conflict_run.html", context)
    response = render(request, "_conflict.html", {"conflict": _now(run, request.user, wanted)})
    return reswap(retarget(response, "#_conflict"), "outerHTML")


def _now(run: AgentRun, user: User, wanted: Wanted) -> Conflict:
    """The conflict that is left after the run in the way has changed."""
    others = AgentRun.objects.filter(user=run.user).defer(*PAYLOAD_COLUMNS).select_related("user", "document")
    active, seated = list(others.active().order_by("created_at")), others.waiting().first()
    if len(active) < run.user.active_run_limit:
        return Conflict(WatchedRun(run, user), wanted, is_over=True)
    return Conflict(WatchedRun(active[0], user), wanted, ["replace"] if seated else ["wait", "replace"])


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
