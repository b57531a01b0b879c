"""Linking my account to somebody at the provider of OpenID Connect, and cutting it off.

Whoever comes back is shown whom the provider takes them for, and says so with a press of
a button: a browser that somebody else has signed in there links nothing by itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from runs import identities
from runs.errors import AgentSiteError, LastWayIn, NotFound, SignInBroken, SignInRefused
from runs.identities import Journeys
from runs.models import User
from runs.views.requests import PageRequest

OFFERED: Final = "oidc-offered"
OFFERED_FOR_SECONDS: Final = 600


@require_safe
@never_cache
def identity_begin(request: PageRequest) -> HttpResponse:
    """Off to the provider, to come back as somebody to be linked. A link, as for signing in."""
    if settings.OIDC is None:
        raise NotFound("There is nothing here.")
    provider, journeys = identities.provider(settings.OIDC), Journeys(request)
    try:
        response = redirect(provider.begin(journeys, came_back_at(), "", links=str(request.user.pk)))
    except AgentSiteError as refusal:
        return not_linked(request, refusal)
    journeys.keep(response)
    return response


def offer(request: HttpRequest, links: str, issuer: str, claims: Mapping[str, Any]) -> HttpResponse:
    """Back from the provider: ask on the profile whether it is whom it says. Raises ``SignInBroken``."""
    if not isinstance(request.user, User) or str(request.user.pk) != links:
        raise SignInBroken("Somebody else was signed in here when this was begun. Please begin again.")
    name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])[:200]
    offered = {"issuer": issuer, "subject": str(claims["sub"]), "name": name, "at": int(time.time())}
    request.session[OFFERED] = offered
    return _profile()


@require_POST
def identity_link(request: PageRequest) -> HttpResponse:
    """Link what the provider has offered, or forget it."""
    offered = offered_to(request)
    request.session.pop(OFFERED, None)
    if "no" in request.POST:
        return _profile()
    if offered is None:
        return not_linked(request, SignInBroken("This has taken too long. Please begin again."))
    try:
        identities.link(request.user, offered["issuer"], offered["subject"])
    except SignInRefused as refusal:
        return not_linked(request, refusal)
    messages.success(request, f"Linked: “{offered['name']}” signs in as you from now on.")
    return _profile()


@require_POST
def identity_unlink(request: PageRequest, identity_id: int) -> HttpResponse:
    """Have somebody at the provider sign in as me no more."""
    try:
        identities.unlink(request.user, identity_id)
    except LastWayIn as refusal:
        messages.error(request, refusal.sentence)
        return _profile()
    messages.success(request, "Unlinked: nobody signs in as you by it any more.")
    return _profile()


def offered_to(request: HttpRequest) -> dict[str, Any] | None:
    """Whom the provider has said to be here, as long as that is fresh."""
    offered: dict[str, Any] | None = request.session.get(OFFERED)
    return offered if offered and offered["at"] > time.time() - OFFERED_FOR_SECONDS else None


def not_linked(request: HttpRequest, refusal: AgentSiteError) -> HttpResponse:
    """The profile, which says why nothing was linked."""
    messages.error(request, f"Nothing was linked. {refusal.sentence}")
    return _profile()


def came_back_at() -> str:
    """What the provider has been told of, whatever name the browser used for this site."""
    return str(settings.PUBLIC_URL + reverse("oidc_finish"))


def _profile() -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('profile')}#_identities")
