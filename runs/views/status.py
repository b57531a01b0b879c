"""How the site is, for those who operate it. Looks only; repairs are commands, which the page names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs import access, doctor
from runs.doctor import Figures, Finding, ShownCluster, State
from runs.models import Drill
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
    return render(
        request, "status.html", {**_figures(), **_findings(), **_last_drill(), "trends": trends_of_all(request)}
    )


@require_safe
def status_figures(request: PageRequest) -> HttpResponse:
    """How busy the site is now, every few seconds."""
    access.operators_only(request.user)
    return render(request, "_status_figures.html", _figures())


@require_safe
def status_findings(request: PageRequest) -> HttpResponse:
    """What the doctor finds now, every minute."""
    access.operators_only(request.user)
    return render(request, "_status_findings.html", _findings())


def _figures() -> dict[str, Any]:
    figures = Figures.now()
    clusters = [(shown.cluster, Badge(*_look_of(shown))) for shown in figures.clusters]
    return {"figures": figures, "clusters": clusters, "read_at": timezone.now()}


def _look_of(shown: ShownCluster) -> tuple[str, str, str]:
    if shown.is_listening:
        return "pass", "check-circle", "Listening"
    if shown.cluster.is_draining:
        return "", "minus-circle", "Stopped"
    # Killed and started again, it is a new cluster: whether enough workers listen is for the checks to say.
    return "", "x-circle", "Gone"


def _findings() -> dict[str, Any]:
    # What somebody should act on comes first.
    findings = sorted(doctor.examine(sample=HISTORIES), key=lambda finding: not finding.is_trouble)
    return {
        "findings": [(finding, Badge(*LOOKS[finding.state])) for finding in findings],
        "trouble_count": sum(finding.is_trouble for finding in findings),
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
