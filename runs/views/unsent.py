"""Forms that were sent and could not be received: signed out, expired, or no database.

What such a form held is kept as a draft of the user for whom the form was made, never
run: that user signs in, finds it filled in again, and presses Run. See docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from runs import origin, policies, saved_inputs
from runs.agents import AGENTS
from runs.errors import InputNotKept, PolicyRefused
from runs.forms import InputForm, PolicyForm
from runs.models import User

FORM_OF: Final = "form-of"
SALT: Final = "runs.form-of"
LONGEST_OPEN: Final = timedelta(seconds=settings.SESSION_COOKIE_AGE) + timedelta(days=1)
"""A page that lay open for longer has outlived its session by a day."""
MOST_AN_HOUR: Final = 10
"""For each user: somebody who is not signed in fills up nobody's disk."""
VIEWS: Final = ("agent", "agent_preflight", "agent_draft", "schedule_new")
POLICY_VIEWS: Final = ("policy_new", "policy_edit", "policy_validate", "policy_try", "policy_draft")


def form_of(user: User) -> str:
    """Says in a form for whom it was made. Allows nothing but to leave a draft with them."""
    return signing.dumps([str(user.pk), user.get_session_auth_hash()], salt=SALT)


class KeepingLoginMiddleware(LoginRequiredMiddleware):
    """Sends whoever is not signed in to sign in, without losing what they have sent."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: Any,
        view_kwargs: Any,
    ) -> HttpResponseBase | None:
        """Keep what was sent, and have the page after signing in show it."""
        refusal = super().process_view(request, view_func, view_args, view_kwargs)
        if isinstance(request.user, User):
            origin.note_user(request.user.pk, request.user.get_username())
        # The check against forgery has been passed: it comes first among the middleware.
        kept = _keep(request) if refusal is not None else None
        if kept is None:
            return refusal
        response = redirect_to_login(kept, self.get_login_url(view_func))
        return HttpResponseClientRedirect(response.url) if request.headers.get("HX-Request") else response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than the last signing in, or one from elsewhere. Only of the former is anything kept."""
    kept = _keep(request) if came_from_here(request) else None
    context = {"kept_url": kept or ""}
    return render(request, "403_csrf.html", context, status=403)


def came_from_here(request: HttpRequest) -> bool:
    """Whether the browser vouches that a page of this site sent the form."""
    own = f"{request.scheme}://{request.get_host()}"
    return (
        request.headers.get("Origin") == own and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    )


def sent_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form of this site held that could not be received, to be sent again; its file is not among it."""
    match = request.resolver_match
    if request.method != "POST" or match is None or match.url_name != "agent" or not came_from_here(request):
        return []
    return [(name, str(value)) for name, values in request.POST.lists() for value in values]


def _keep(request: HttpRequest) -> str | None:
    """Keep what a form held, where it can be. The address at which it is filled in again."""
    match = request.resolver_match
    if request.method != "POST" or match is None:
        return None
    try:
        if match.url_name in VIEWS:
            return _keep_input(request, match.kwargs["name"])
        return _keep_policy(request) if match.url_name in POLICY_VIEWS else None
    except (InputNotKept, PolicyRefused):
        return None


def _keep_input(request: HttpRequest, name: str) -> str | None:
    agent, user = AGENTS.get(name), _whose(request)
    if agent is None or user is None or _has_kept_much(user):
        return None
    form = InputForm.sent(agent, user, request.POST, request.FILES)
    kept = saved_inputs.keep_draft(user, agent, form.values)
    return f"{reverse('agent', args=[kept.agent])}?saved={kept.pk}&unsent=1"


def _keep_policy(request: HttpRequest) -> str | None:
    user = _whose(request)
    if user is None or not user.is_operator:
        return None
    form = PolicyForm.sent(request.POST.get("policy", ""), request.POST)
    policies.keep_draft(user, form.name, form.source, form.note, form.based_on)
    return f"{form.address}?draft=1&unsent=1"


def _whose(request: HttpRequest) -> User | None:
    """For whom the form was made; nobody where somebody else is signed in by now."""
    try:
        pk, session_hash = signing.loads(request.POST.get(FORM_OF, ""), salt=SALT, max_age=LONGEST_OPEN)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or session_hash not in (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()):
        return None
    return user if not request.user.is_authenticated or request.user == user else None


def _has_kept_much(user: User) -> bool:
    lately = saved_inputs.drafts(user).filter(created_at__gt=timezone.now() - timedelta(hours=1))
    return len(lately[:MOST_AN_HOUR]) == MOST_AN_HOUR
