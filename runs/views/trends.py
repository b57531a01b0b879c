"""How it has gone lately: charts of an agent, and of all of them for operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from runs import trends
from runs.agents import AGENTS
from runs.charts import Lines, Series, Shares, StackedBars, lying_bars, span_lines, stacked_bars
from runs.errors import TookTooLong
from runs.limits import permitted_agent
from runs.models import AgentEvent, User
from runs.templatetags.looks import agent_label
from runs.templatetags.moments import duration
from runs.trends import PERIODS, Day, Outcomes, Spans
from runs.usual import UsualTime, usual_times
from runs.views.requests import PageRequest

USUAL_PERIOD: Final = 30
LATEST_EVENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with what stands above it."""

    title: str
    lead: str
    drawing: StackedBars | Lines | Shares


@dataclass(frozen=True, slots=True)
class Trends:
    """What ``_trends.html`` shows: the charts of the last ``days`` days, or why there are none.

    ``url`` is the page that shows other periods, where it is not the one at hand.
    """

    days: int
    charts: Sequence[Chart] = field(default=())
    refusal: TookTooLong | None = None
    url: str = ""

    @property
    def periods(self) -> Sequence[int]:
        return PERIODS

    @property
    def narrower(self) -> list[tuple[str, str]]:
        """Shorter periods, to offer where this one took too long: URLs and labels."""
        return [
            (f"{self.url}?days={days}#_trends", f"The last {days} days")
            for days in reversed(PERIODS)
            if days < self.days
        ]


@require_safe
def agent_history(request: PageRequest, name: str) -> HttpResponse:
    """How an agent's runs have gone: one's own, or everybody's for an operator."""
    agent = permitted_agent(request.user, name)
    events = AgentEvent.objects.filter(agent=agent.name).select_related("actor")[:LATEST_EVENTS]
    context = {"agent": agent, "trends": trends_of_agent(request, agent.name), "agent_events": events}
    return render(request, "agent_history.html", context)


def trends_of_agent(request: PageRequest, agent: str) -> Trends:
    """The charts of one agent, of the runs that the reader may see."""
    count, url = _period(request), reverse("agent_history", args=[agent])
    owner: User | None = None if request.user.is_operator else request.user
    try:
        return Trends(count, _by_day(trends.days(count, agent=agent, user=owner)), url=url)
    except TookTooLong as refusal:
        return Trends(count, refusal=refusal, url=url)


def trends_of_all(request: HttpRequest) -> Trends:
    """The charts of all agents and users, for operators."""
    count = _period(request)
    try:
        return Trends(count, [*_by_day(trends.days(count)), _by_agent(trends.outcomes_by_agent(count))])
    except TookTooLong as refusal:
        return Trends(count, refusal=refusal)


def _period(request: HttpRequest) -> int:
    """How many days the URL asks for; anything that is no choice means the usual one."""
    asked = request.GET.get("days", "")
    return next((period for period in PERIODS if str(period) == asked), USUAL_PERIOD)


def _by_day(days: Sequence[Day]) -> list[Chart]:
    dates = [day.date for day in days]
    outcomes = _series([day.outcomes for day in days])
    waits, times = _spans([day.waits for day in days]), _spans([day.times for day in days])
    return [
        Chart("How runs ended", "Each day's runs, by how they ended.", stacked_bars("outcomes", dates, outcomes)),
        Chart(
            "How long they waited",
            "From when a run could start until a worker had it.",
            span_lines("waits", dates, waits, _words),
        ),
        Chart("How long they ran", "The last attempt of completed runs.", span_lines("times", dates, times, _words)),
    ]


def _by_agent(found: dict[str, Outcomes]) -> Chart:
    names = [*AGENTS, *(name for name in sorted(found) if name not in AGENTS)]
    usual = usual_times(names)
    series = _series([found.get(name, Outcomes()) for name in names])
    notes = [_usual_words(usual.get(name)) for name in names]
    drawing = lying_bars("agents", [agent_label(name) for name in names], notes, series)
    return Chart("What was run", "Each agent's runs, by how they ended.", drawing)


def _series(outcomes: Sequence[Outcomes]) -> list[Series[int]]:
    return [
        Series("completed", "Completed", [each.completed for each in outcomes]),
        Series("failed", "Failed", [each.failed for each in outcomes]),
        Series("cancelled", "Cancelled", [each.cancelled for each in outcomes]),
    ]


def _spans(spans: Sequence[Spans | None]) -> list[Series[float | None]]:
    return [
        Series("slow", "Nine of ten runs", [each.slow.total_seconds() if each else None for each in spans]),
        Series("median", "Half of the runs", [each.median.total_seconds() if each else None for each in spans]),
    ]


def _usual_words(usual: UsualTime | None) -> str:
    return f"{duration(usual.median)} to {duration(usual.slow)}" if usual else "–"


def _words(seconds: float) -> str:
    return duration(timedelta(seconds=seconds))
