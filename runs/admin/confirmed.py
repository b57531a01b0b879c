"""Actions that ask before they act, on a list's selection or on one object's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, strip_tags

from runs.admin.base import M, ModelAdmin, OperatorAdmin, operator_of
from runs.errors import AgentSiteError
from runs.models import User

MOST_AT_ONCE = 200
CONFIRMED = "confirmed"


class ReasonForm(forms.Form):
    """Why it is done, for whoever reads the history."""

    reason = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Shown to the owner of the run.",
    )


class ConfirmedAction:
    """An admin action that first shows what it will be done to, with a form to fill in.

    ``carry_out(object, by, answers)`` does it to one object and returns a sentence for the
    operator, or raises ``AgentSiteError``, which is reported with the object's name and
    does not keep the others from their turn. ``answers`` is the form's cleaned data.
    Offered to those for whom the pages' ``has_<permission>_permission`` holds. ``describe``
    says what an object is, to whoever has to confirm; an object's own page offers what ``applies``.
    """

    def __init__(
        self,
        name: str,
        label: str,
        question: str,
        carry_out: Callable[[Any, User, Mapping[str, Any]], str],
        form: type[forms.BaseForm] = forms.Form,
        permission: str = "view",
        describe: Callable[[Any], str] = str,
        applies: Callable[[Any], bool] = lambda _: True,
    ) -> None:
        # Django knows an action by its __name__, and calls it by its short_description.
        self.__name__ = name
        self.short_description = label
        self.allowed_permissions = (permission,)
        self.question = question
        self.carry_out = carry_out
        self.form = form
        self.describe = describe
        self.applies = applies

    def __call__(self, pages: ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask, or do it where the answer has come. None leads back to the list."""
        by = operator_of(request)
        if by is None:
            raise PermissionDenied
        objects = list(queryset[: MOST_AT_ONCE + 1])
        if len(objects) > MOST_AT_ONCE:
            sentence = f"At most {MOST_AT_ONCE} can be chosen at once; narrow the list first. Nothing was changed."
            pages.message_user(request, sentence, messages.ERROR)
            return None
        form = self.form(request.POST if CONFIRMED in request.POST else None)
        if not form.is_valid():
            return self.ask(pages, request, objects, form)
        for chosen in objects:
            self._report(pages, request, chosen, by, form.cleaned_data)
        return HttpResponseRedirect(_back(pages, objects)) if len(objects) == 1 else None

    def ask(
        self,
        pages: ModelAdmin[Any],
        request: HttpRequest,
        objects: Sequence[Model],
        form: forms.BaseForm | None = None,
    ) -> HttpResponse:
        """The page with the question."""
        context = {
            **pages.admin_site.each_context(request),
            "opts": pages.opts,
            "title": self.short_description,
            "question": self.question,
            "action_name": self.__name__,
            "chosen": [(each.pk, self.describe(each)) for each in objects],
            "form": form or self.form(),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "confirmed_name": CONFIRMED,
            "list_url": _page(pages, "changelist"),
            "back_url": _back(pages, objects),
        }
        return TemplateResponse(request, "admin/runs/confirmed_action.html", context)

    def _report(
        self, pages: ModelAdmin[Any], request: HttpRequest, chosen: Model, by: User, answers: Mapping[str, Any]
    ) -> None:
        try:
            sentence, level = self.carry_out(chosen, by, answers), messages.SUCCESS
        except AgentSiteError as refusal:
            sentence, level = refusal.sentence, messages.ERROR
        else:
            pages.log_change(request, chosen, f"{self.short_description}: {strip_tags(sentence)}")
        link = format_html('<a href="{}">{}</a>', _page(pages, "change", chosen.pk), chosen)
        pages.message_user(request, format_html("{}: {}", link, sentence), level)


class ActingAdmin(OperatorAdmin[M]):
    """Pages whose ``ConfirmedAction``s are offered on each object's own page too."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirmation_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_action"
        return [path("<path:object_id>/action/<str:action_name>/", view, name=name), *super().get_urls()]

    def tools(self, request: HttpRequest, obj: M) -> list[tuple[str, str]]:
        """A link for each action that applies, then the others."""
        actions = [
            (_page(self, "action", obj.pk, name), action.short_description)
            for name, action in self._confirmed_actions(request).items()
            if action.applies(obj)
        ]
        return [*actions, *super().tools(request, obj)]

    def confirmation_view(self, request: HttpRequest, object_id: str, action_name: str) -> HttpResponse:
        """Ask whether to do one thing to one object. The answer goes to the list, as for many."""
        chosen = self.get_object(request, object_id)
        if not self.has_view_permission(request, chosen):
            raise PermissionDenied
        action = self._confirmed_actions(request).get(action_name)
        if chosen is None or action is None:
            raise Http404
        return action.ask(self, request, [chosen])

    def _confirmed_actions(self, request: HttpRequest) -> dict[str, ConfirmedAction]:
        offered: list[object] = [entry[0] for entry in self.get_actions(request).values() if entry]
        return {action.__name__: action for action in offered if isinstance(action, ConfirmedAction)}


def _back(pages: ModelAdmin[Any], objects: Sequence[Model]) -> str:
    """Where one comes from, or goes back to: the object's page, or the list."""
    return _page(pages, "change", objects[0].pk) if len(objects) == 1 else _page(pages, "changelist")


def _page(pages: ModelAdmin[Any], kind: str, *arguments: object) -> str:
    return reverse(f"admin:{pages.opts.app_label}_{pages.opts.model_name}_{kind}", args=arguments)
