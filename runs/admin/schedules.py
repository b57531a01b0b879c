"""Schedules: read, and paused with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator

from runs import schedules
from runs.admin.confirmed import ActingAdmin, ConfirmedAction
from runs.models import Schedule, User

LONGEST_STATE: Final = 60


class PauseForm(forms.Form):
    """Why it is paused, for whose schedule it is."""

    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Shown to its owner, who can not resume it.",
    )


def pause(schedule: Schedule, by: User, answers: Mapping[str, Any]) -> str:
    schedules.pause(schedule, by=by, reason=answers["reason"])
    return "paused. It triggers nothing more until it is resumed."


def resume(schedule: Schedule, by: User, answers: Mapping[str, Any]) -> str:
    return f"resumed. Next at {schedules.resume(schedule, by=by).next_run_at:%Y-%m-%d %H:%M} UTC."


PAUSE = ConfirmedAction(
    "pause_schedules",
    "Pause",
    "It triggers nothing more. Runs that have been triggered already go on.",
    pause,
    PauseForm,
    applies=lambda schedule: not schedule.is_paused,
)
RESUME = ConfirmedAction(
    "resume_schedules",
    "Resume",
    "It goes on with its next time; what was missed is not caught up.",
    resume,
    applies=lambda schedule: schedule.is_paused,
)


class StateFilter(admin.SimpleListFilter):
    """Whether it triggers anything, and whether that would come to a run."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [
            ("due", "Not paused"),
            ("paused", "Paused"),
            ("refused", "Refused the last time"),
            ("fault", "At fault"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> QuerySet[Schedule]:
        match self.value():
            case "due":
                return queryset.filter(paused_at__isnull=True)
            case "paused":
                return queryset.filter(paused_at__isnull=False)
            case "refused":
                return queryset.filter(refusal_count__gt=0)
            case "fault":
                return queryset.exclude(fault="")
            case _:
                return queryset


@admin.register(Schedule)
class ScheduleAdmin(ActingAdmin[Schedule]):
    """Everybody's schedules. What they run with is their owners' business."""

    list_display = ("name", "user", "agent", "cron", "next_run_at", "state")
    list_select_related = ("user",)
    list_filter = (StateFilter, "agent", "on_conflict")
    search_fields = ("name", "user__username")
    actions = (PAUSE, RESUME)
    fields = (
        "name", "user", "agent", "document", "cron", "time_zone", "on_conflict", "created_at", "next_run_at",
        "paused_at", "paused_by", "paused_reason", "last_due_at", "last_triggered_at", "last_run", "last_refused_at",
        "last_refusal_code", "last_refusal", "refusal_count", "fault", "checked_at",
    )  # fmt: skip

    @admin.display(description="state")
    def state(self, schedule: Schedule) -> str:
        """In a line of the list; its page has the whole sentence."""
        if schedule.is_paused:
            said = f"paused: {schedule.paused_reason}" if schedule.paused_reason else "paused"
        else:
            said = schedule.fault or schedule.last_refusal or "in order"
        return Truncator(said).chars(LONGEST_STATE)
