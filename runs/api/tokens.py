"""``/api/v1/tokens``: what scripts carry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from runs import access, tokens
from runs.api.authentication import caller_of, signed_in
from runs.api.problems import refusals
from runs.schemas import NewToken, TokenList, TokenRequest

router = Router(tags=["tokens"])


@router.get("", response=TokenList, openapi_extra=refusals())
def list_tokens(request: HttpRequest) -> dict[str, Any]:
    """List your tokens that open something, newest first."""
    return {"tokens": access.own_tokens(signed_in(request)).usable()}


@router.post("", response={201: NewToken}, openapi_extra=refusals(400, 403))
def issue_token(request: HttpRequest, asked: TokenRequest) -> dict[str, Any]:
    """Make a token. One that makes another gives it no more, and no longer, than it has itself."""
    days = asked.expires_days
    expires_at = None if days is None else timezone.now() + timedelta(days=days)
    under = caller_of(request).token
    token, secret = tokens.issue(
        signed_in(request), asked.name, scopes=asked.scopes, expires_at=expires_at, under=under
    )
    return {**{name: getattr(token, name) for name in NewToken.model_fields if name != "secret"}, "secret": secret}


@router.delete("/{token_id}", response={204: None}, openapi_extra=refusals(403, 404))
def revoke_token(request: HttpRequest, token_id: UUID) -> None:
    """Have one of your tokens open nothing any more. Revoking twice is harmless."""
    tokens.revoke(access.own_token(signed_in(request), token_id))
