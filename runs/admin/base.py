"""What the operators' pages share: who may open them, and that they change nothing unasked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from runs import audit
from runs.models import User

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin):
        """Django's class, which only its stubs know to be generic."""

        def __class_getitem__(cls, model):
            return cls


MOST_COUNTED = 5_000
LONGEST_SHOWN = 200


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Not generic when the program runs.
    """Counts no further than ``MOST_COUNTED``: nobody turns that many pages, and counting all costs a scan."""

    @cached_property
    def count(self) -> int:
        """How many there are, or ``MOST_COUNTED`` of them."""
        objects = cast("QuerySet[Any]", self.object_list)
        return objects.order_by().values("pk")[:MOST_COUNTED].count()


class AuditedAdmin(ModelAdmin[M]):
    """Pages whose changes are in the audit, as they are in Django's own log."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """What has changed; from what to what is kept for the audit."""
        request.audited_changes = changes_of(form)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> Any:
        self._note(request, "admin.added", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> Any:
        self._note(request, "admin.changed", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[M]) -> Any:
        for obj in queryset:
            self._note(request, "admin.deleted", obj, "")
        return super().log_deletions(request, queryset)

    def _note(self, request: HttpRequest, action: str, obj: M, message: Any) -> None:
        details: dict[str, Any] = {"name": str(obj)}
        if isinstance(message, str) and message:
            details["message"] = message
        if changes := getattr(request, "audited_changes", None):
            details["changes"] = changes
        actor = request.user if isinstance(request.user, User) else None
        audit.record(action, actor=actor, subject=obj, **details)


def changes_of(form: Any) -> dict[str, list[Any]]:
    """From what to what a form has changed each field; of secrets and long texts, that it has."""
    return {
        name: [shown(name, form.initial.get(name)), shown(name, form.cleaned_data.get(name))]
        for name in form.changed_data
    }


def shown(name: str, value: Any) -> Any:
    """A field's value as the audit keeps it."""
    if "password" in name or "secret" in name:
        return "…"
    match value:
        case None | bool() | int() | float() | date():
            return value
        case QuerySet() | list() | tuple() | set():
            return sorted(str(each) for each in value)
    text = str(value)
    return text if len(text) <= LONGEST_SHOWN and "\n" not in text else "…"


class LinkedAdmin(AuditedAdmin[M]):
    """Pages with links above an object: what can be done with it, and where the site shows it."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        context["tools"] = self.tools(request, obj) if obj is not None else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def tools(self, request: HttpRequest, obj: M) -> list[tuple[str, str]]:
        """URL and label of each link."""
        return []


class OperatorAdmin(LinkedAdmin[M]):
    """Pages that every operator may read and nobody may write; subclasses open what they need."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # Each would be a count of everything.
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list offers narrows it.

        By any column, as Django has it, its answers would spell out letter by letter what no page
        shows: who asks for ``?output__icontains=`` gives no reason and leaves no trace.
        """
        filters = self.get_list_filter(request)
        offered = {each if isinstance(each, str) else getattr(each, "parameter_name", "") for each in filters}
        name = lookup.partition("__")[0]
        is_column = any(name in (field.name, field.attname) for field in self.opts.concrete_fields)
        return (name in offered or not is_column) and super().lookup_allowed(lookup, value, request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return operator_of(request) is not None

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return operator_of(request) is not None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


def operator_of(request: HttpRequest) -> User | None:
    """The operator who makes the request, if it is one."""
    user = request.user
    return user if isinstance(user, User) and user.is_operator else None
