"""Who asks: a token, a browser's session, or, for the original API, this machine itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from ninja.security import HttpBearer, SessionAuth

from agentsite.addresses import is_loopback_name
from runs import access, origin
from runs.access import Caller
from runs.models import Scope, User
from runs.models.user import TOKEN_PREFIX
from runs.sessions import reference_of

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MARKS_OF_PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


class Token(HttpBearer):
    """A personal token, ``Authorization: Bearer agentsite_…``, or one that the configured issuer has signed.

    One that opens nothing is refused, never ignored.
    """

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        needs = Scope.RUNS_READ if request.method in SAFE_METHODS else Scope.RUNS_WRITE
        if settings.API_JWT is not None and not token.startswith(TOKEN_PREFIX):
            return access.caller_with_jwt(token, needs)
        return access.caller_with_token(token, needs)


class Session(SessionAuth):
    """The browser's session. What changes something then needs Django's CSRF token too."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        # First who, then whether forged: without a session there is nothing to forge.
        if not request.user.is_authenticated:
            return None
        caller: Caller | None = super().__call__(request)
        return caller

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if not isinstance(request.user, User):
            return None
        origin.note_user(request.user.pk, request.user.get_username())
        return Caller(request.user, session=reference_of(request))


class OpenOnLoopback:
    """Everybody on this machine, where ``API_OPEN_ON_LOOPBACK`` says so: the original asked nobody who they are."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        if not settings.API_OPEN_ON_LOOPBACK or "Authorization" in request.headers:
            return None
        return Caller(None) if comes_from_here(request) and not is_from_a_page_elsewhere(request) else None


def comes_from_here(request: HttpRequest) -> bool:
    """Whether the request was made on this machine, to a name of this machine, through nobody else.

    The name keeps out pages whose own domain was pointed at 127.0.0.1. A proxy on this
    machine speaks for others; a Unix socket has no address, and so may be one.
    """
    host, _ = split_domain_port(request.get_host())
    return (
        is_loopback_name(request.META.get("REMOTE_ADDR", ""))
        and is_loopback_name(host)
        and not any(mark in request.headers for mark in MARKS_OF_PROXIES)
    )


def is_from_a_page_elsewhere(request: HttpRequest) -> bool:
    """Whether a browser says that a page of another origin is behind the request, be it of this machine."""
    own = f"{request.scheme}://{request.get_host()}"
    return (
        request.headers.get("Origin", own) != own
        or request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    )  # fmt: skip


def caller_of(request: HttpRequest) -> Caller:
    """Whoever one of the above has let in."""
    caller: Any = getattr(request, "auth", None)
    assert isinstance(caller, Caller)
    return caller


def signed_in(request: HttpRequest) -> User:
    """The user who asks, behind ``Token`` or ``Session``."""
    user = caller_of(request).user
    assert user is not None
    return user
