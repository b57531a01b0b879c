"""Policies: written, validated and published here; versions are never changed afterwards."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from runs import policies, publishing
from runs.admin.base import operator_of
from runs.admin.confirmed import ActingAdmin
from runs.agents.policies import parse_policy
from runs.errors import GoldensChanged, PolicyRefused, PolicyTrialFailed
from runs.models import Policy

LINES_SHOWN = 30


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # Not generic when the program runs.
    """The text of a policy, refused with the sentence that says where it is wrong."""

    class Meta:
        model = Policy
        fields = ("source",)
        labels: ClassVar = {"source": "Policy (YAML or JSON)"}
        help_texts: ClassVar = {
            "source": "Its name decides which policy this becomes the next version of. "
            "docs/policies.md describes the rules."
        }
        widgets: ClassVar = {
            "source": forms.Textarea(
                attrs={"rows": LINES_SHOWN, "cols": 100, "spellcheck": "false", "class": "vLargeTextField"}
            )
        }

    def clean_source(self) -> str:
        source: str = self.cleaned_data["source"]
        try:
            publishing.refuse_changes(parse_policy(source))
        except (PolicyRefused, GoldensChanged, PolicyTrialFailed) as refusal:
            raise ValidationError(refusal.sentence) from None
        return source


@admin.register(Policy)
class PolicyAdmin(ActingAdmin[Policy]):
    """Every version of every policy."""

    list_display = ("name", "version", "title", "rule_count", "created_at", "created_by")
    list_select_related = ("created_by",)
    list_filter = ("created_at",)
    search_fields = ("name", "title")
    form = PolicyForm
    shown = ("name", "version", "title", "description", "rule_count", "created_at", "created_by", "shown_source")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request) is not None

    def get_fields(self, request: HttpRequest, obj: Policy | None = None) -> tuple[str, ...]:
        return self.shown if obj else ("source",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """With ``?from=`` and a version's id, its text to start from."""
        number = request.GET.get("from", "")
        start = Policy.objects.filter(pk=number).first() if number.isdecimal() else None
        return {"source": start.source} if start else {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        policies.latest()  # Publishes the bundled ones, so that they are in the list.
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().get_queryset(request).defer("source")

    def save_model(self, request: HttpRequest, obj: Policy, form: forms.ModelForm[Policy], change: bool) -> None:
        """Publish the text as the next version of the policy it names; the form has asked what that changes."""
        obj.pk = policies.publish(obj.source, by=operator_of(request)).pk
        obj.refresh_from_db()

    def tools(self, request: HttpRequest, obj: Policy) -> list[tuple[str, str]]:
        add = reverse("admin:runs_policy_add", query={"from": obj.pk})
        return [(add, "New version"), *super().tools(request, obj)]

    @admin.display(description="rules")
    def rule_count(self, policy: Policy) -> int:
        return len(policy.rules)

    @admin.display(description="text")
    def shown_source(self, policy: Policy) -> str:
        return format_html("<pre>{}</pre>", policy.source)
