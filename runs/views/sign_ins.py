"""Signing in and out: with a password, or at the provider of OpenID Connect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from runs import identities, sign_in_locks
from runs.errors import AgentSiteError, NotFound, SignInLocked
from runs.identities import Journeys, Provider
from runs.views.identities import came_back_at, not_linked, offer
from runs.views.refusals import with_retry_after

ID_TOKEN: Final = "oidc-id-token"  # noqa: S105  The name under which the session keeps it.
BACKEND: Final = "runs.identities.PasswordBackend"


class SignInView(auth.LoginView):
    """The page with all the ways to sign in. ``complaint`` says why another one did not work."""

    redirect_authenticated_user = True
    complaint = ""

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        offered = {"oidc": settings.OIDC, "passwords": settings.PASSWORDS, "complaint": self.complaint}
        return super().get_context_data(**context, **offered)


class SignOutView(auth.LogoutView):
    """Signs out here; who came from the provider is offered to sign out there, too.

    On a page with a link: a form may not lead to other sites (``form-action``), and the
    provider may be what its user is signed in to everything else with.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        id_token = request.session.get(ID_TOKEN)
        response = super().post(request, *args, **kwargs)
        if not id_token or settings.OIDC is None:
            return response
        back_to = settings.PUBLIC_URL + reverse("login")
        url = identities.provider(settings.OIDC).sign_out_url(id_token, back_to)
        return render(request, "signed_out.html", {"oidc": settings.OIDC, "url": url}) if url else response


@login_not_required
@require_safe
@never_cache
def oidc_begin(request: HttpRequest) -> HttpResponse:
    """Off to the provider. A link, not a form, for ``form-action`` holds for where a form is redirected to."""
    provider, journeys = _provider(), Journeys(request)
    try:
        response = redirect(provider.begin(journeys, came_back_at(), request.GET.get("next", "")))
    except AgentSiteError as refusal:
        return _refused(request, refusal, request.GET.get("next", ""))
    journeys.keep(response)
    return response


@login_not_required
@require_safe
@never_cache
def oidc_finish(request: HttpRequest) -> HttpResponse:
    """Back from the provider: to sign in, or to have an account linked."""
    provider, journeys = _provider(), Journeys(request)
    begun = journeys.get_state_data(None, request.GET.get("state")) or {"next": "", "links": ""}
    try:
        claims, id_token = provider.finish(request, journeys)
        if begun["links"]:
            response = offer(request, begun["links"], provider.oidc.issuer, claims)
        else:
            response = _signed_in(request, provider.oidc.issuer, claims, id_token, begun["next"])
    except AgentSiteError as refusal:
        is_linking = begun["links"] and request.user.is_authenticated
        response = not_linked(request, refusal) if is_linking else _refused(request, refusal, begun["next"])
    journeys.keep(response)
    return response


def _signed_in(
    request: HttpRequest, issuer: str, claims: Mapping[str, Any], id_token: str, next_url: str
) -> HttpResponse:
    login(request, identities.user_for(issuer, claims, signs_in=True), backend=BACKEND)
    request.session[ID_TOKEN] = id_token
    is_ours = url_has_allowed_host_and_scheme(next_url, {request.get_host()}, require_https=request.is_secure())
    return redirect(next_url if is_ours else "home")


@login_not_required
@never_cache
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own page asks for a password; where there are other ways, the page that has all of them."""
    if settings.OIDC is not None and not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))
    return admin.site.login(request)


def sign_in_locked(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The answer to whoever has tried too often, in place of ``response``."""
    refusal = SignInLocked(sign_in_locks.seconds_left(request, credentials))
    back = reverse("login", query={"next": next_url} if (next_url := request.POST.get("next")) else None)
    page = render(request, "sign_in_locked.html", {"refusal": refusal, "back_url": back}, status=refusal.status)
    return with_retry_after(page, refusal)


def _provider() -> Provider:
    if settings.OIDC is None:
        raise NotFound("There is nothing here.")
    return identities.provider(settings.OIDC)


def _refused(request: HttpRequest, refusal: AgentSiteError, next_url: str) -> HttpResponse:
    """The page to sign in on, which says why it did not work, and still offers the other way."""
    page = SignInView.as_view(complaint=refusal.sentence, extra_context={"next": next_url})(request)
    assert isinstance(page, HttpResponse)
    if page.status_code == 200:
        page.status_code = refusal.status
        with_retry_after(page, refusal)
    return page
