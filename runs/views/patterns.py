"""Every component of the pages in every state, for whoever builds or looks after them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs.charts import Series, lying_bars, span_lines, stacked_bars
from runs.errors import NotFound
from runs.templatetags.looks import DELIVERY_LOOKS, FINDING_LOOKS, GROUNDING_LOOKS, STATE_LOOKS, WEBHOOK_LOOKS
from runs.views.requests import PageRequest
from runs.views.trends import Chart

ROLES: Final = (
    *("page", "surface", "surface-sunken", "text", "text-muted", "line", "line-strong", "control-line"),
    *("accent", "accent-strong", "on-accent", "neutral", "neutral-soft", "info", "info-soft"),
    *("success", "success-soft", "warning", "warning-soft", "warning-fill", "danger", "danger-soft", "chart-fill"),
)
TONES: Final = (
    ("", "information-circle", "Something to know."),
    ("success", "check-circle", "It has worked."),
    ("warning", "exclamation-triangle", "Something to look after."),
    ("danger", "x-circle", "Something is wrong."),
)
COMPLETED: Final = (34, 52, 41, 68, 0, 60, 88)
FAILED: Final = (1, 0, 4, 2, 0, 12, 3)
CANCELLED: Final = (0, 2, 0, 1, 0, 4, 0)
SECONDS: Final = (4.2, 3.9, 5.0, 4.4, None, 6.1, 4.0)


@require_safe
def patterns(request: PageRequest) -> HttpResponse:
    """The page. Not for users: it shows what is not there."""
    if not (settings.DEBUG or request.user.is_operator):
        raise NotFound("There is nothing here.")
    return render(request, "patterns.html", _context())


def _context() -> dict[str, Any]:
    now = timezone.now()
    return {
        "roles": ROLES,
        "tones": TONES,
        "badges": [
            ("Runs", "badge", STATE_LOOKS),
            ("Findings and verdicts", "finding_badge", FINDING_LOOKS),
            ("Grounding", "grounding_badge", GROUNDING_LOOKS),
            ("Webhooks", "webhook_badge", WEBHOOK_LOOKS),
            ("Webhooks' deliveries", "delivery_badge", DELIVERY_LOOKS),
        ],
        "charts": _charts(),
        "moments": [now - timedelta(seconds=ago) for ago in (95, 61, 60, 2)],
    }


def _charts() -> Sequence[Chart]:
    days = [date(2026, 3, 2) + timedelta(days=number) for number in range(len(COMPLETED))]
    outcomes = [
        Series("completed", "Completed", COMPLETED),
        Series("failed", "Failed", FAILED),
        Series("cancelled", "Cancelled", CANCELLED),
    ]
    spans = [
        Series("slow", "Nine of ten", [each and each * 2.6 for each in SECONDS]),
        Series("median", "Half", SECONDS),
    ]
    agents = [Series(each.key, each.label, each.values[:3]) for each in outcomes]
    return [
        Chart("Counts by day", "stacked_bars()", stacked_bars("pattern-bars", days, outcomes)),
        Chart("Spans by day", "span_lines()", span_lines("pattern-lines", days, spans, lambda span: f"{span:.1f} s")),
        Chart(
            "Counts by name",
            "lying_bars()",
            lying_bars("pattern-shares", ["First", "Second", "Third"], ["4 s to 12 s", "3 s to 9 s", "–"], agents),
        ),
    ]
