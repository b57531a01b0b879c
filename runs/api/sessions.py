"""``/api/v1/sessions``: the browsers somebody is signed in with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from runs import sessions
from runs.api.authentication import caller_of, signed_in
from runs.api.problems import refusals
from runs.schemas import EndedSessions, SessionList

router = Router(tags=["sessions"])


@router.get("", response=SessionList, openapi_extra=refusals())
def list_sessions(request: HttpRequest) -> dict[str, Any]:
    """List the browsers you are signed in with, the latest seen first: a hundred at most."""
    return {"sessions": sessions.of_user(signed_in(request), _own_key(request))}


@router.delete("", response=EndedSessions, openapi_extra=refusals())
def end_sessions(request: HttpRequest) -> dict[str, Any]:
    """Sign all your browsers out, but for the one that asks. Tokens stay."""
    return {"ended_count": sessions.end_others(signed_in(request), _own_key(request))}


@router.delete("/{reference}", response={204: None}, openapi_extra=refusals())
def end_session(request: HttpRequest, reference: UUID) -> None:
    """Sign one of your browsers out."""
    sessions.end(signed_in(request), reference)


def _own_key(request: HttpRequest) -> str | None:
    """That of the browser that asks; a script with a token has none, whatever cookies it sends."""
    return None if caller_of(request).token else request.session.session_key
