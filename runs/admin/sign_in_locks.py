"""Wrong passwords of late, and lifting the locks that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from runs import sign_in_locks
from runs.admin.confirmed import ActingAdmin, ConfirmedAction
from runs.models import User
from runs.sessions import browser_of


def lift(attempt: Any, by: User, answers: Mapping[str, Any]) -> str:
    sign_in_locks.lift(attempt, by)
    return "the failures are forgotten; signing in is possible."


LIFT = ConfirmedAction(
    "lift_locks",
    "Lift the lock",
    "The failures of this name from this address are forgotten, and signing in can be tried again at once.",
    lift,
    permission="lift",
    describe=lambda attempt: f"{attempt.username} from {attempt.ip_address or 'an unknown address'}",
)


@admin.register(AccessAttempt)
class SignInFailureAdmin(ActingAdmin[Model]):
    """For who may change users: what was typed as a name may be a password."""

    list_display = ("username", "ip_address", "browser", "failures_since_start", "attempt_time", "locked")
    fields = ("username", "ip_address", "browser", "failures_since_start", "attempt_time", "path_info")
    search_fields = ("username", "ip_address")
    list_filter = ("attempt_time",)
    actions = (LIFT,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and request.user.has_perm("runs.view_user")

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("runs.change_user")

    @admin.display(description="browser")
    def browser(self, attempt: Any) -> str:
        return browser_of(attempt.user_agent)

    @admin.display(description="locked", boolean=True)
    def locked(self, attempt: Any) -> bool:
        """By its own failures; others of the same name and address, or of the address, may lock it too."""
        return sign_in_locks.is_locked(attempt.failures_since_start)
