"""A user's own: tokens for scripts, and the browsers they are signed in with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from runs import access, audit, sessions, tokens
from runs.allowances import Allowance
from runs.errors import TokenRefused
from runs.forms.passwords import PasswordChangeForm
from runs.models import ApiToken, Scope, User
from runs.views.identities import offered_to
from runs.views.requests import PageRequest

LIFETIMES: Final = {"30": "30 days", "90": "90 days", "365": "a year", "": "it is revoked"}
USUAL_LIFETIME: Final = "90"


@dataclass(frozen=True, slots=True)
class TokenForm:
    """What was asked of a new token, and what is wrong with it."""

    name: str = ""
    lifetime: str = USUAL_LIFETIME
    scopes: list[str] = field(default_factory=lambda: list(tokens.USUAL))
    complaint: str = ""


@require_safe
def profile(request: PageRequest) -> HttpResponse:
    """My account, my tokens, my browsers."""
    return _profile(request)


@require_POST
@never_cache
def token_issue(request: PageRequest) -> HttpResponse:
    """Make a token. Its secret is on the answer, and nowhere else ever again: no redirect could carry it."""
    sent = TokenForm(request.POST.get("name", ""), request.POST.get("lifetime", ""), request.POST.getlist("scopes"))
    try:
        days = int(sent.lifetime) if sent.lifetime in LIFETIMES and sent.lifetime else None
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        token, secret = tokens.issue(request.user, sent.name, scopes=sent.scopes, expires_at=expires_at)
    except TokenRefused as refusal:
        refused = TokenForm(sent.name, sent.lifetime, sent.scopes, refusal.sentence)
        return _profile(request, refused, status=refusal.status)
    return _profile(request, issued=token, secret=secret)


@require_POST
def token_revoke(request: PageRequest, token_id: UUID) -> HttpResponse:
    """Have one of my tokens open nothing any more."""
    token = access.own_token(request.user, token_id)
    tokens.revoke(token)
    messages.success(request, f"The token “{token.name}” is revoked: it opens nothing any more.")
    return redirect("profile")


@require_POST
def session_end(request: PageRequest, reference: UUID) -> HttpResponse:
    """Sign one of my browsers out."""
    sessions.end(request.user, reference)
    messages.success(request, "That browser is signed out.")
    return redirect("profile")


@require_POST
def sessions_end(request: PageRequest) -> HttpResponse:
    """Sign all my other browsers out."""
    count = sessions.end_others(request.user, request.session.session_key)
    messages.success(request, f"Signed out elsewhere: {count} {'browser' if count == 1 else 'browsers'}.")
    return redirect("profile")


def _profile(
    request: PageRequest,
    form: TokenForm | None = None,
    *,
    issued: ApiToken | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    usable = list(access.own_tokens(request.user).usable()[: tokens.MOST])
    context: dict[str, Any] = {
        "teams": list(access.teams_of(request.user)),
        "allowance": Allowance.of(request.user, timezone.now()),
        "form": form or TokenForm(),
        "scopes": [(scope.value, scope.label) for scope in tokens.scopes_of(request.user)],
        "scope_labels": dict(Scope.choices),
        "lifetimes": LIFETIMES.items(),
        "issued": issued,
        "secret": secret,
        "tokens": tokens.with_makers(usable),
        "oidc": settings.OIDC,
        "identities": list(request.user.identities.all()),
        "offered": offered_to(request),
        "hooks": list(access.own_webhooks(request.user)),
        "browsers": sessions.of_user(request.user, request.session.session_key),
    }
    return render(request, "profile.html", context, status=status)


class PasswordChangeView(auth.PasswordChangeView):
    """Django's, which leaves other browsers' sessions lying about, unusable."""

    form_class = PasswordChangeForm

    def form_valid(self, form: Form) -> HttpResponse:
        """Change it, and sign out everywhere else."""
        response = super().form_valid(form)  # type: ignore[arg-type]
        assert isinstance(self.request.user, User)
        audit.record("password.changed", subject=self.request.user)
        sessions.end_others(self.request.user, self.request.session.session_key)
        return response


class BrowserMiddleware:
    """Tells a session whose browser it is in, and that it is still used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sessions.note_browser(request)
        response = self.get_response(request)
        sessions.note_use(request)
        return response
