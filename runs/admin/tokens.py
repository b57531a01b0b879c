"""API tokens: issued, revoked, never read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.forms import CheckboxSelectMultiple, ModelChoiceField, ModelForm, MultipleChoiceField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from runs import tokens
from runs.admin.confirmed import ActingAdmin, ConfirmedAction
from runs.models import ApiToken, Scope, User


def revoke(token: ApiToken, by: User, answers: Mapping[str, Any]) -> str:
    return "revoked; it opens nothing any more." if tokens.revoke(token) else "had been revoked before."


REVOKE = ConfirmedAction(
    "revoke_tokens",
    "Revoke",
    "Scripts that use the token are refused from now on. This can not be undone; a new token can be issued.",
    revoke,
    permission="revoke",
    applies=lambda token: token.revoked_at is None,
)


class TokenForm(ModelForm):  # type: ignore[type-arg]  # Not generic when the program runs.
    """What a new token may do, and for whom."""

    scopes = MultipleChoiceField(
        choices=Scope.choices,
        widget=CheckboxSelectMultiple,
        initial=tokens.USUAL,
        help_text="Within what its user may do.",
    )

    def clean(self) -> dict[str, Any] | None:
        """Refuse scopes that would open nothing."""
        given = super().clean() or {}
        if (user := given.get("user")) and (beyond := set(given.get("scopes", ())) - set(tokens.scopes_of(user))):
            self.add_error("scopes", f"This user's tokens can not have {', '.join(sorted(beyond))}.")
        if (until := given.get("expires_at")) and until <= timezone.now():
            self.add_error("expires_at", "The token would have expired already.")
        return given


class StateFilter(admin.SimpleListFilter):
    """Whether a token still opens anything."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [("usable", "Usable"), ("revoked", "Revoked"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        match self.value():
            case "usable":
                return queryset.filter(pk__in=ApiToken.objects.usable().values("pk"))
            case "revoked":
                return queryset.filter(revoked_at__isnull=False)
            case "expired":
                return queryset.filter(revoked_at__isnull=True, expires_at__lte=timezone.now())
            case _:
                return queryset


@admin.register(ApiToken)
class ApiTokenAdmin(ActingAdmin[ApiToken]):
    """Tokens by name and beginning. Needs Django's permissions on tokens: a token acts as its user."""

    list_display = ("name", "user", "prefix", "may", "state", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = (StateFilter, "created_at", "last_used_at")
    search_fields = ("name", "prefix", "user__username")
    actions = (REVOKE,)
    shown = ("name", "user", "prefix", "may", "state", "created_at", "expires_at", "last_used_at", "revoked_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return request.user.has_perm("runs.view_apitoken") or request.user.has_perm("runs.change_apitoken")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("runs.add_apitoken")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("runs.change_apitoken")

    def get_form(
        self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **options: Any
    ) -> type[ModelForm[ApiToken]]:
        """The form to issue one; an issued token has none."""
        return super().get_form(request, obj, change, **({} if obj else {"form": TokenForm}), **options)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        return self.shown if obj else ("user", "name", "scopes", "expires_at")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **options: Any
    ) -> ModelChoiceField[Any] | None:
        """A superuser's token is a superuser: only superusers issue those."""
        if db_field.name == "user" and not request.user.is_superuser:
            options["queryset"] = User.objects.filter(is_superuser=False)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: ModelForm[ApiToken], change: bool) -> None:
        """Issue the token and show its secret, this once."""
        token, secret = tokens.issue(obj.user, obj.name, scopes=obj.scopes, expires_at=obj.expires_at)
        obj.pk = token.pk
        obj.refresh_from_db()
        sentence = format_html(
            "The secret of “{}” is <code>{}</code>. Copy it now: it is not shown again.", token.name, secret
        )
        self.message_user(request, sentence, messages.WARNING)

    @admin.display(description="state")
    def state(self, token: ApiToken) -> str:
        return token.state

    @admin.display(description="may")
    def may(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)
