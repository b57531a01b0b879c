"""Who is who at the issuer people sign in with. Superusers tie an existing account to one, or cut it off."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest

from runs.admin.base import OperatorAdmin
from runs.models import Identity


@admin.register(Identity)
class IdentityAdmin(OperatorAdmin[Identity]):
    """Whoever the issuer calls by the subject comes in as the user: so it is a superuser's to say."""

    list_display = ("user", "subject", "issuer", "follows_issuer", "is_operator", "last_sign_in_at")
    list_select_related = ("user",)
    list_filter = ("follows_issuer", "is_operator", "last_sign_in_at")
    search_fields = ("user__username", "subject")
    shown = (*list_display, "groups", "created_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Identity | None = None) -> bool:
        return super().has_view_permission(request, obj) and request.user.has_perm("runs.view_user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Identity | None = None) -> bool:
        return bool(request.user.is_superuser)

    def get_fields(self, request: HttpRequest, obj: Identity | None = None) -> tuple[str, ...]:
        return self.shown if obj else ("user", "issuer", "subject")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        issuer = settings.OIDC.issuer if settings.OIDC else ""
        return {**super().get_changeform_initial_data(request), "issuer": issuer}
