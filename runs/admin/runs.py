"""Runs and their events: everything to see, and the verbs to act with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from runs import access, agents, lifecycle
from runs.admin.base import OperatorAdmin, operator_of
from runs.admin.confirmed import ActingAdmin, ConfirmedAction, ReasonForm
from runs.filters import PAYLOAD_COLUMNS, begins_with
from runs.models import AgentRun, RunEvent, Status, User
from runs.models.event import CONTENT_KINDS

EVENTS_SHOWN = 200
CHARACTERS_SHOWN = 20_000
HIDDEN = "hidden until you give a reason, on the page for users"
ON_ITS_PAGE = "what the agent said is on the run's page"
UNBOUNDED_COLUMNS = (*PAYLOAD_COLUMNS, "result")


class RerunForm(forms.Form):
    """What to do where the owner's slot is taken."""

    on_conflict = forms.ChoiceField(
        label="If the slot is taken",
        choices=[
            ("reject", "Refuse"),
            ("wait", "Take the waiting seat"),
            ("replace", "Stop the active run, and start when it has ended"),
        ],
    )


def cancel(run: AgentRun, by: User, answers: Mapping[str, Any]) -> str:
    stopping = lifecycle.cancel(run, by=by, reason=answers["reason"])
    return "asked to stop." if stopping.is_stopping else "cancelled."


def force_stop(run: AgentRun, by: User, answers: Mapping[str, Any]) -> str:
    lifecycle.force_stop(run, by=by, reason=answers["reason"])
    return "stopped."


def rerun(run: AgentRun, by: User, answers: Mapping[str, Any]) -> str:
    again = lifecycle.rerun(run, by=by, on_conflict=answers["on_conflict"])
    link = format_html('<a href="{}">{}</a>', reverse("admin:runs_agentrun_change", args=[again.pk]), again)
    return format_html("triggered again as {}, which is {}.", link, again.status)


def describe(run: AgentRun) -> str:
    return f"{run} of {run.user}, {run.status}"


CANCEL = ConfirmedAction(
    "cancel_runs",
    "Cancel",
    "A waiting or pending run ends at once. A running one is asked to stop, and does so within seconds.",
    cancel,
    ReasonForm,
    describe=describe,
    applies=lambda run: not run.is_final and not run.is_stopping,
)
FORCE_STOP = ConfirmedAction(
    "force_stop_runs",
    "Force stop",
    "The run ends now, without waiting for its worker. A result that comes later is kept aside and does not count. "
    "Cancel first; this is for a run that does not obey.",
    force_stop,
    ReasonForm,
    describe=describe,
    applies=lambda run: not run.is_final,
)
RERUN = ConfirmedAction(
    "rerun_runs",
    "Run again",
    "The same thing is asked again, for the same user, as a new run.",
    rerun,
    RerunForm,
    describe=describe,
    applies=lambda run: run.is_final,
)


class AgentFilter(admin.SimpleListFilter):
    """The agents of the registry; asking the table which there are would read all of it."""

    title = "agent"
    parameter_name = "agent"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(agent.name, agent.label) for agent in agents.AGENTS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
        return queryset.filter(agent=self.value()) if self.value() else queryset


@admin.register(AgentRun)
class AgentRunAdmin(ActingAdmin[AgentRun]):
    """Every user's runs."""

    list_display = ("name", "standing", "user", "document", "outcome", "created_at")
    list_filter = ("status", AgentFilter, "trigger", "created_at")
    search_fields = ("id", "user__username")
    search_help_text = "The beginning of a run's id, or of a user's name."
    actions = (CANCEL, FORCE_STOP, RERUN)
    list_select_related = ("user", "document")
    fieldsets = (
        (None, {"fields": ("id", "standing", "agent", "agent_version", "user", "trigger", "created_at")}),
        ("Asked for", {"fields": ("document", "policy", "rerun_of", "shown_input")}),
        ("Outcome", {"fields": ("summary", "result", "error", "error_code", "completed_at", "ended_by")}),
        (
            "Attempts",
            {
                "fields": (
                    "tries",
                    "worker",
                    "slot",
                    "due_at",
                    "expires_at",
                    "started_at",
                    "lease_expires_at",
                    "deadline_at",
                    "cancel_requested_at",
                    "cancel_requested_by",
                    "cancel_reason",
                )
            },
        ),
        ("History", {"fields": ("history",)}),
        ("Details", {"classes": ("collapse",), "fields": ("shown_output", "shown_traceback")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentRun]:
        return super().get_queryset(request).defer(*UNBOUNDED_COLUMNS)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AgentRun | None:
        """The run as this operator may see it: whole once it has been opened on its page."""
        found, operator = super().get_object(request, object_id, from_field), operator_of(request)
        return access.shown_to(operator, found) if found is not None and operator is not None else found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AgentRun], search_term: str
    ) -> tuple[QuerySet[AgentRun], bool]:
        """Find by what an index knows: the beginning of an id or of a user's name."""
        text = search_term.strip()
        if text:
            users = User.objects.filter(username__istartswith=text).values("pk")
            queryset = queryset.filter(begins_with(text) | Q(user__in=users))
        return queryset, False

    def tools(self, request: HttpRequest, obj: AgentRun) -> list[tuple[str, str]]:
        return [(reverse("run", args=[obj.pk]), "Page for users"), *super().tools(request, obj)]

    @admin.display(description="run")
    def name(self, run: AgentRun) -> str:
        return str(run)

    @admin.display(description="status", ordering="status")
    def standing(self, run: AgentRun) -> str:
        """The status, and what it does not say by itself."""
        if run.is_stopping:
            return "running, asked to stop"
        if run.status == Status.RUNNING:
            return f"running, {run.progress} %" + (f": {run.step}" if run.step else "")
        return run.status

    @admin.display(description="outcome")
    def outcome(self, run: AgentRun) -> str:
        return Truncator(run.summary or run.error).chars(100)

    @admin.display(description="attempt")
    def tries(self, run: AgentRun) -> str:
        return f"{run.attempt} of {run.max_attempts}"

    @admin.display(description="input")
    def shown_input(self, run: AgentRun) -> str:
        return HIDDEN if run.is_hidden else _block(_json(run.input))

    @admin.display(description="output")
    def shown_output(self, run: AgentRun) -> str:
        if run.is_hidden:
            return HIDDEN
        return _block(_json(run.output)) if run.output is not None else "–"

    @admin.display(description="traceback")
    def shown_traceback(self, run: AgentRun) -> str:
        if run.is_hidden:
            return HIDDEN
        return _block(run.traceback) if run.traceback else "–"

    @admin.display(description="events")
    def history(self, run: AgentRun) -> str:
        """The last events, oldest first."""
        latest = list(
            access.visible_events(run).select_related("actor").defer("data").order_by("-id")[: EVENTS_SHOWN + 1]
        )
        context = {"run": run, "events": latest[EVENTS_SHOWN - 1 :: -1], "has_more": len(latest) > EVENTS_SHOWN}
        return render_to_string("admin/runs/agentrun/history.html", context)


@admin.register(RunEvent)
class RunEventAdmin(OperatorAdmin[RunEvent]):
    """What happened to runs, newest first; one run's history is a link on its page."""

    list_display = ("at", "run_name", "kind", "shown_message", "actor")
    fields = ("id", "run", "kind", "at", "attempt", "actor", "shown_message", "shown_data")
    ordering = ("-id",)
    search_fields = ("run__id",)
    search_help_text = "The beginning of a run's id."
    list_select_related = ("actor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RunEvent]:
        return super().get_queryset(request).defer("data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RunEvent], search_term: str
    ) -> tuple[QuerySet[RunEvent], bool]:
        """Find the events of the runs whose ids begin so."""
        if search_term.strip():
            runs = AgentRun.objects.filter(begins_with(search_term)).values("pk")
            queryset = queryset.filter(run__in=runs)
        return queryset, False

    @admin.display(description="run")
    def run_name(self, event: RunEvent) -> str:
        url = reverse("admin:runs_agentrun_change", args=[event.run_id])
        return format_html('<a href="{}">{}</a>', url, str(event.run_id)[:8])

    @admin.display(description="message")
    def shown_message(self, event: RunEvent) -> str:
        if event.kind in CONTENT_KINDS:
            return ON_ITS_PAGE
        return Truncator(event.message).chars(200)

    @admin.display(description="data")
    def shown_data(self, event: RunEvent) -> str:
        return ON_ITS_PAGE if event.kind in CONTENT_KINDS else _block(_json(event.data))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _block(text: str) -> str:
    """``text`` as it is, as far as a page can bear."""
    rest = len(text) - CHARACTERS_SHOWN
    shown = text if rest <= 0 else f"{text[:CHARACTERS_SHOWN]}\n… and {rest:,} more characters"
    return format_html("<pre>{}</pre>", shown)
