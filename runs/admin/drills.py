"""Drills: what was killed on purpose, and how long the site took to recover."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from runs.admin.base import OperatorAdmin
from runs.models import Drill


@admin.register(Drill)
class DrillAdmin(OperatorAdmin[Drill]):
    """Every drill there was, to look at. They are held with ``manage.py drill``."""

    list_display = ("__str__", "started_at", "took", "is_within_budgets", "version")
    list_filter = ("is_within_budgets", "started_at")
    fields = ("id", "host", "version", "started_at", "ended_at", "took", "is_within_budgets", "measured")

    @admin.display(description="took")
    def took(self, drill: Drill) -> str:
        return f"{drill.took.total_seconds():.0f} s" if drill.took else "not ended"

    @admin.display(description="results")
    def measured(self, drill: Drill) -> SafeString:
        """A line for each fault: how it was stood, what was measured, and within what it had to be."""
        lines = (
            (
                result["what"],
                result["outcome"],
                _measured(result["slot_seconds"], result["slot_budget"]),
                _measured(result["start_seconds"], result["start_budget"]),
                result["note"],
            )
            for result in drill.results
        )
        return format_html_join("", "<p>{}: {}; slot free {}, next start {}. {}</p>", lines)


def _measured(seconds: float | None, budget: float | None) -> str:
    if seconds is None:
        return "not measured"
    return f"after {seconds:.2f} s of {budget:g} s" if budget else f"after {seconds:.2f} s"
