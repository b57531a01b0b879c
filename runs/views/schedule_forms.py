"""Making a schedule and changing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from runs import access, schedules
from runs.errors import ScheduleRefused
from runs.forms import ScheduleForm
from runs.limits import permitted_agent
from runs.models import Schedule, User
from runs.views.agent_page import form_asked_for
from runs.views.requests import PageRequest
from runs.views.schedules import Times
from runs.views.unsent import form_of

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
def schedule_new(request: PageRequest, name: str) -> HttpResponse:
    """Run this every …: filled in from a run, from a saved input, or with what stands in the agent's form."""
    chosen = permitted_agent(request.user, name)
    if request.method != "POST":
        form = ScheduleForm(form_asked_for(request, chosen)[0], _usual(request.user))
        return _form_page(request, "schedule_new.html", form)
    form = ScheduleForm.sent(chosen, request.user, request.POST, request.FILES)
    if "cron" not in request.POST:
        # From the agent's page: what was filled in there, and nothing yet about when.
        form.time_zone = _usual(request.user)["time_zone"]
        return _form_page(request, "schedule_new.html", form)
    _look(form)
    if not form.is_refused:
        try:
            made = schedules.create(request.user, form.wish)
        except ScheduleRefused as refusal:
            form.complain(refusal.errors)
        else:
            messages.success(request, f"“{made.name}” is scheduled.")
            return redirect("schedule", made.pk)
    return _form_page(request, "schedule_new.html", form, status=ScheduleRefused.status)


@require_http_methods(FORM_METHODS)
def schedule_edit(request: PageRequest, schedule_id: UUID) -> HttpResponse:
    """Change when and with what it runs."""
    found = access.own_schedule(request.user, schedule_id)
    chosen = permitted_agent(request.user, found.agent)
    if request.method != "POST":
        return _form_page(request, "schedule_edit.html", ScheduleForm.of(found, chosen), found)
    form = ScheduleForm.sent(chosen, request.user, request.POST, request.FILES)
    _look(form)
    if not form.is_refused:
        try:
            schedules.change(found, form.wish)
        except ScheduleRefused as refusal:
            form.complain(refusal.errors)
        else:
            return redirect("schedule", found.pk)
    return _form_page(request, "schedule_edit.html", form, found, status=ScheduleRefused.status)


def _look(form: ScheduleForm) -> None:
    """As before a run: on some documents none can end well."""
    form.input.look()
    form.input.refuse_doomed()


def _usual(user: User) -> dict[str, str]:
    """The time zone this user chose last."""
    last = Schedule.objects.filter(user=user).order_by("-created_at").values_list("time_zone", flat=True).first()
    return {"time_zone": last} if last else {"time_zone": "UTC"}


def _form_page(
    request: PageRequest, template: str, form: ScheduleForm, found: Schedule | None = None, status: int = 200
) -> HttpResponse:
    form.input.recall()
    context: dict[str, Any] = {
        "agent": form.input.agent,
        "form": form,
        "form_of": form_of(request.user),
        "schedule": found,
        "times": Times.of(form.cron, form.time_zone),
        "is_zone_chosen": found is not None or "cron" in request.POST or form.time_zone != "UTC",
    }
    return render(request, template, context, status=status)
