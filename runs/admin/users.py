"""Users and how many runs each may have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from runs.access import teams_of
from runs.admin.base import AuditedAdmin, LinkedAdmin
from runs.forms.passwords import AdminPasswordChangeForm
from runs.models import Team, User

MANY = ("groups", "user_permissions")
"""Kept in tables of their own, and saved after the user."""
MOST_MEMBERS = 200
"""So many are named on a group's page."""
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
        ("Teams", {"fields": ("teams",)}),
        ("Runs", {"fields": ("active_run_limit", "trigger_rate_limit", "daily_run_limit")}),
    )

    change_password_form = AdminPasswordChangeForm

    @admin.display(description="sees the runs of")
    def teams(self, user: User) -> str:
        """The teams among their groups."""
        return ", ".join(str(team) for team in teams_of(user)) or "Nobody else: in no team"

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
        fields = ("teams", *super().get_readonly_fields(request, obj))
        return fields if _is_superuser(request) else (*fields, *GIVES_POWER)


admin.site.unregister(Group)


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # Not generic when the program runs.
    """A group, and whether it is a team."""

    is_team = forms.BooleanField(
        label="Team",
        required=False,
        help_text="Members see each other’s runs, with what is in them; they change nothing in them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_team" in self.fields:
            self.initial["is_team"] = Team.objects.filter(pk=self.instance.pk).exists()


@admin.register(Group)
class GroupAdmin(AuditedAdmin[Group], DjangoGroupAdmin):
    """Django's page for groups, with who is in them, and the audit told of what it changes.

    Only a superuser makes a team of a group, as only a superuser puts people into one:
    both show people's runs to others.
    """

    form = GroupForm
    list_display = ("name", "is_team", "member_count")
    fields = ("name", "is_team", "members", "permissions")
    readonly_fields = ("members",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).select_related("team").annotate(user_count=Count("user"))

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[Any, ...]:
        return self.readonly_fields if _is_superuser(request) else (*self.readonly_fields, "is_team")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Also whether it is a team, in the transaction of the rest."""
        super().save_related(request, form, formsets, change)
        if "is_team" not in form.cleaned_data:
            return
        if form.cleaned_data["is_team"]:
            Team.objects.get_or_create(group=form.instance)
        else:
            Team.objects.filter(group=form.instance).delete()

    @admin.display(description="team", boolean=True)
    def is_team(self, group: Group) -> bool:
        return hasattr(group, "team")

    @admin.display(description="members", ordering="user_count")
    def member_count(self, group: Group) -> int:
        count: int = getattr(group, "user_count", 0)
        return count

    @admin.display(description="members")
    def members(self, group: Group) -> str:
        """Their names, each with a link to where they are put in and taken out."""
        people = User.objects.filter(groups=group.pk).order_by("username")[: MOST_MEMBERS + 1]
        links = [(reverse("admin:runs_user_change", args=[user.pk]), user.get_username()) for user in people]
        shown = format_html_join(", ", '<a href="{}">{}</a>', links[:MOST_MEMBERS])
        return format_html("{} …", shown) if links[MOST_MEMBERS:] else shown or "Nobody yet"


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
