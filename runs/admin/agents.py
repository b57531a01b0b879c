"""Agents: their limits, and pausing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from runs import agents, audit, pausing
from runs.admin.base import OperatorAdmin, operator_of
from runs.admin.confirmed import ActingAdmin, ConfirmedAction
from runs.limits import RunLimits, limits_of
from runs.models import AgentEvent, AgentSettings, User
from runs.pausing import LONGEST_REASON


class PauseForm(forms.Form):
    """Why the agent is paused, for the users who want to run it."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Shown to users while the agent is paused.",
    )


def pause(chosen: AgentSettings, by: User, answers: Mapping[str, Any]) -> str:
    pausing.pause(chosen.agent, by=by, reason=answers["reason"])
    return "paused. New runs are refused; those already triggered go on."


def resume(chosen: AgentSettings, by: User, answers: Mapping[str, Any]) -> str:
    pausing.resume(chosen.agent, by=by)
    return "resumed."


PAUSE = ConfirmedAction(
    "pause_agents",
    "Pause",
    "New runs of the agent are refused, with the reason. Runs that have been triggered already go on.",
    pause,
    PauseForm,
    applies=lambda chosen: not chosen.is_paused,
)
RESUME = ConfirmedAction(
    "resume_agents", "Resume", "The agent can be run again.", resume, applies=lambda chosen: chosen.is_paused
)


@admin.register(AgentSettings)
class AgentSettingsAdmin(ActingAdmin[AgentSettings]):
    """The agents of the registry, with the limits in force."""

    list_display = ("agent", "state", "run_limit", "queue_limit", "memory_limit", "attempt_limit")
    list_select_related = ("paused_by",)
    actions = (PAUSE, RESUME)
    filter_horizontal = ("groups",)
    readonly_fields = ("agent", "brought_by", "state", "paused_reason", "in_force")
    fieldsets = (
        (None, {"fields": ("agent", "brought_by", "state", "paused_reason")}),
        ("Who may run it", {"fields": ("groups",)}),
        (
            "Limits",
            {
                "description": "An empty field leaves the agent's own limit. Runs that have begun keep theirs.",
                "fields": (
                    "run_limit_seconds",
                    "queue_limit_seconds",
                    "memory_limit_mb",
                    "max_attempts",
                    "in_force",
                ),
            },
        ),
    )

    @admin.display(description="Brought by")
    def brought_by(self, obj: AgentSettings) -> str:
        """Whose code it is."""
        if obj.agent not in agents.AGENTS:
            return "Nobody any more: its package has been removed."
        return agents.AGENTS.packages.get(obj.agent, "AgentSite")

    def tools(self, request: HttpRequest, obj: AgentSettings) -> list[tuple[str, str]]:
        page = [(reverse("agent", args=[obj.agent]), "Page for users")] if obj.agent in agents.AGENTS else []
        return [*page, *super().tools(request, obj)]

    def has_change_permission(self, request: HttpRequest, obj: AgentSettings | None = None) -> bool:
        return operator_of(request) is not None

    def has_delete_permission(self, request: HttpRequest, obj: AgentSettings | None = None) -> bool:
        """Only what is left of an agent that is no longer in the registry."""
        return obj is not None and obj.agent not in agents.AGENTS and operator_of(request) is not None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with a row for every agent: empty settings leave the agent's own."""
        known = set(AgentSettings.objects.values_list("agent", flat=True))
        missing = [AgentSettings(agent=name) for name in agents.AGENTS if name not in known]
        AgentSettings.objects.bulk_create(missing, ignore_conflicts=True)
        return super().changelist_view(request, extra_context)

    def save_model(
        self, request: HttpRequest, obj: AgentSettings, form: forms.ModelForm[AgentSettings], change: bool
    ) -> None:
        """Write the limits only: a pause that somebody has just begun or ended stays as it is."""
        obj.save(update_fields=[name for name in form.fields if name != "groups"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write the groups, and who chose them."""
        super().save_related(request, form, formsets, change)
        if "groups" in form.changed_data:
            names = sorted(group.name for group in form.cleaned_data["groups"])
            audit.record("agent.groups_chosen", actor=operator_of(request), subject=form.instance, groups=names)

    @admin.display(description="state")
    def state(self, chosen: AgentSettings) -> str:
        if chosen.agent not in agents.AGENTS:
            return "no longer in the registry"
        if chosen.paused_at is None:
            return "open"
        by = f" by {chosen.paused_by}" if chosen.paused_by else ""
        return f"paused since {chosen.paused_at:%Y-%m-%d %H:%M}{by}"

    @admin.display(description="run limit")
    def run_limit(self, chosen: AgentSettings) -> str:
        return _limit(limits_of(chosen.agent).run.total_seconds(), "s", chosen.run_limit_seconds)

    @admin.display(description="queue limit")
    def queue_limit(self, chosen: AgentSettings) -> str:
        return _limit(limits_of(chosen.agent).queue.total_seconds(), "s", chosen.queue_limit_seconds)

    @admin.display(description="memory limit")
    def memory_limit(self, chosen: AgentSettings) -> str:
        return _limit(limits_of(chosen.agent).memory_mb, "MB", chosen.memory_limit_mb)

    @admin.display(description="attempts")
    def attempt_limit(self, chosen: AgentSettings) -> str:
        return _limit(limits_of(chosen.agent).max_attempts, "", chosen.max_attempts)

    @admin.display(description="in force now")
    def in_force(self, chosen: AgentSettings) -> str:
        limits: RunLimits = limits_of(chosen.agent)
        return (
            f"{limits.run.total_seconds():g} s to run, {limits.queue.total_seconds():g} s to wait for a worker, "
            f"{limits.memory_mb} MB, {limits.max_attempts} attempts"
        )


@admin.register(AgentEvent)
class AgentEventAdmin(OperatorAdmin[AgentEvent]):
    """Who paused and resumed which agent, and why."""

    list_display = ("at", "agent", "kind", "message", "actor")
    list_filter = ("kind", "at")
    list_select_related = ("actor",)
    search_fields = ("agent", "message")
    fields = ("agent", "kind", "at", "actor", "message")


def _limit(in_force: float, unit: str, chosen: int | None) -> str:
    words = f"{in_force:g} {unit}".strip()
    return words if chosen else f"{words} (the agent's own)"
