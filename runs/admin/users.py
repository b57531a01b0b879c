"""Users and how many runs each may have."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse

from runs.admin.base import AuditedAdmin, LinkedAdmin
from runs.forms.passwords import AdminPasswordChangeForm
from runs.models import User

MANY = ("groups", "user_permissions")
"""Kept in tables of their own, and saved after the user."""
GIVES_POWER = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(LinkedAdmin[User], DjangoUserAdmin):  # type: ignore[type-arg]  # Not generic when the program runs.
    """Django's page for users, with how many runs they may have, at once and in a time.

    Only a superuser makes operators and changes superusers: whoever may merely edit
    users cannot rise by it.
    """

    list_display = ("username", "email", "is_active", "is_staff", "active_run_limit", "last_login")
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        ("Runs", {"fields": ("active_run_limit", "trigger_rate_limit", "daily_run_limit")}),
    )

    change_password_form = AdminPasswordChangeForm

    def tools(self, request: HttpRequest, obj: User) -> list[tuple[str, str]]:
        runs = reverse("runs", query={"user": obj.get_username()})
        return [(runs, "Runs of this user"), *super().tools(request, obj)]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Write what the page has changed and nothing else: runs are counted in this row meanwhile."""
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name not in MANY])
        else:
            super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may_change = super().has_change_permission(request, obj)
        return may_change and not (obj is not None and obj.is_superuser and not _is_superuser(request))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: their runs and documents would go too. Deactivate instead."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if _is_superuser(request) else (*fields, *GIVES_POWER)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(AuditedAdmin[Group], DjangoGroupAdmin):
    """Django's page for groups, with the audit told of what it changes."""


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
