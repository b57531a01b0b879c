"""What the operators' pages share: who may open them, and that they change nothing unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

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


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Not generic when the program runs.
    """Counts no further than ``MOST_COUNTED``: nobody turns that many pages, and counting all costs a scan."""

    @cached_property
    def count(self) -> int:
        """How many there are, or ``MOST_COUNTED`` of them."""
        objects = cast("QuerySet[Any]", self.object_list)
        return objects.order_by().values("pk")[:MOST_COUNTED].count()


class LinkedAdmin(ModelAdmin[M]):
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
