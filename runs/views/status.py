"""How the site is, for those who operate it. Looks only: repairs are commands, which the page names,
and an agent is paused by a view of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs import access, doctor
from runs.agents import AGENTS
from runs.doctor import DatabaseFigures, Figures, Finding, ShownCluster, State, Verdict, crashed_runs
from runs.doctor.verdict import Tone
from runs.models import Drill, User
from runs.usual import usual_times
from runs.views.home import offered_agents
from runs.views.requests import PageRequest
from runs.views.trends import trends_of_all

HISTORIES: Final = 500
"""The page asks every minute; all ten thousand are the command's."""

LOOKS: Final[Mapping[State, tuple[str, str, str]]] = {
    State.OK: ("pass", "check-circle", "Fine"),
    State.TROUBLE: ("fail", "x-circle", "Trouble"),
    State.UNKNOWN: ("needs_review", "question-mark-circle", "Unknown"),
}
DRILL_LOOKS: Final[Mapping[str, tuple[str, str, str]]] = {
    "within": ("pass", "check-circle", "In time"),
    "broken": ("fail", "x-circle", "Failed"),
    "skipped": ("", "minus-circle", "Skipped"),
}
KNOWN_COUNTS: Final = frozenset(str(count) for count in range(len(doctor.CHECKS) + 1))
VERDICT_ICONS: Final[Mapping[Tone, str]] = {
    "success": "check-circle",
    "warning": "exclamation-triangle",
    "danger": "x-circle",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """What ``_badge.html`` shows."""

    state: str
    icon: str
    word: str


@require_safe
def status(request: PageRequest) -> HttpResponse:
    """The whole page."""
    access.operators_only(request.user)
    findings = _findings()
    parts = {
        **_figures(len(findings["troubles"])),
        **findings,
        **_agents(request.user),
        **_last_drill(),
        **_database(),
        "crashed": crashed_runs(),
    }
    return render(request, "status.html", {**parts, "trends": trends_of_all(request)})


@require_safe
def status_figures(request: PageRequest) -> HttpResponse:
    """How busy the site is now, every few seconds; the page says how many checks found something lately."""
    access.operators_only(request.user)
    troubles = request.GET.get("troubles", "")
    return render(request, "_status_figures.html", _figures(int(troubles) if troubles in KNOWN_COUNTS else 0))


@require_safe
def status_findings(request: PageRequest) -> HttpResponse:
    """What the doctor finds now, every minute."""
    access.operators_only(request.user)
    return render(request, "_status_findings.html", _findings())


@require_safe
def status_crashed(request: PageRequest) -> HttpResponse:
    """What has failed within a day by a fault of the site or its agents, every minute."""
    access.operators_only(request.user)
    return render(request, "_status_crashed.html", {"crashed": crashed_runs()})


@require_safe
def status_database(request: PageRequest) -> HttpResponse:
    """How large the database is now, every minute."""
    access.operators_only(request.user)
    return render(request, "_status_database.html", _database())


def _figures(trouble_count: int) -> dict[str, Any]:
    figures = Figures.now()
    clusters = [(shown, Badge(*_look_of(shown))) for shown in figures.clusters]
    verdict = Verdict.on(figures, trouble_count)
    return {
        "figures": figures,
        "verdict": verdict,
        "verdict_icon": VERDICT_ICONS[verdict.tone],
        "clusters": clusters,
        "read_at": timezone.now(),
    }


def _agents(user: User) -> dict[str, Any]:
    return {"status_agents": offered_agents(usual_times(AGENTS), user)}


def _database() -> dict[str, Any]:
    return {"database": DatabaseFigures.now(), "measured_at": timezone.now()}


def _look_of(shown: ShownCluster) -> tuple[str, str, str]:
    if shown.is_listening:
        return "pass", "check-circle", "Listening"
    if shown.is_draining:
        return "stopping", "stop-circle", "Draining"
    if shown.cluster.is_draining:
        return "", "minus-circle", "Stopped"
    # Killed and started again, it is a new cluster: whether enough workers listen is for the checks to say.
    return "", "x-circle", "Gone"


def _findings() -> dict[str, Any]:
    findings = doctor.examine(sample=HISTORIES)
    shown = [(finding, Badge(*LOOKS[finding.state])) for finding in findings]
    return {
        "finding_count": len(shown),
        "troubles": [each for each in shown if each[0].is_trouble],
        "fine_findings": [each for each in shown if not each[0].is_trouble],
        "has_repairs": any(map(_is_worth_a_repair, findings)),
        "looked_at": timezone.now(),
    }


def _is_worth_a_repair(finding: Finding) -> bool:
    return finding.is_trouble and finding.can_be_fixed


def _last_drill() -> dict[str, Any]:
    drill = Drill.last()
    results = drill.results if drill else []
    return {
        "last_drill": drill,
        "drill_results": [(result, Badge(*DRILL_LOOKS[result["outcome"]])) for result in results],
    }
