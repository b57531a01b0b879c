"""Every component of the pages in every state, for whoever builds or looks after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs.errors import NotFound
from runs.templatetags.looks import FINDING_LOOKS, GROUNDING_LOOKS, STATE_LOOKS
from runs.views.requests import PageRequest

ROLES: Final = (
    *("page", "surface", "surface-sunken", "text", "text-muted", "line", "line-strong", "control-line"),
    *("accent", "accent-strong", "on-accent", "neutral", "neutral-soft", "info", "info-soft"),
    *("success", "success-soft", "warning", "warning-soft", "warning-fill", "danger", "danger-soft"),
)
TONES: Final = (
    ("", "information-circle", "Something to know."),
    ("success", "check-circle", "It has worked."),
    ("warning", "exclamation-triangle", "Something to look after."),
    ("danger", "x-circle", "Something is wrong."),
)
SIZES: Final = (("1", "Captions, badges"), ("2", "Small print"), ("3", "Text"), ("4", "Headings of sections"))
BARS: Final = tuple(enumerate((34, 52, 41, 68, 75, 60, 88)))


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the example chart: completed runs below, failed ones on top."""

    x: int
    completed: int
    failed: int

    @property
    def top(self) -> int:
        return 150 - self.completed

    @property
    def failed_top(self) -> int:
        return self.top - self.failed


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
        "sizes": SIZES,
        "badges": [
            ("Runs", "badge", STATE_LOOKS),
            ("Findings and verdicts", "finding_badge", FINDING_LOOKS),
            ("Grounding", "grounding_badge", GROUNDING_LOOKS),
        ],
        "bars": [Bar(30 + 120 * number, height, height // 8) for number, height in BARS],
        "moments": [now - timedelta(seconds=ago) for ago in (95, 61, 60, 2)],
    }
