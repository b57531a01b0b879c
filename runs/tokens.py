"""Issuing and revoking API tokens: page, command, API and admin all come here.

A token acts as its user, within its scopes. Nobody hands out more than they have.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from runs import audit
from runs.errors import TokenRefused
from runs.models import ApiToken, AuditEntry, Scope, User

logger = structlog.stdlib.get_logger(__name__)

LONGEST_NAME: Final = 100
MOST: Final = 100
"""That open something, for each user."""
USUAL: Final = (Scope.RUNS_READ, Scope.RUNS_WRITE)
"""What most scripts need."""


def scopes_of(user: User) -> list[Scope]:
    """The scopes a token of ``user``'s can have: those that would open something."""
    beyond = {Scope.ACT_FOR_OTHERS: user.may_act_for_others, Scope.OPERATE: user.is_operator}
    return [scope for scope in Scope if beyond.get(scope, True)]


def issue(
    user: User,
    name: str,
    *,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    under: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for ``user``; return it and its secret, which is shown this once.

    ``under`` is the token that asks: what it makes may do no more and lasts no longer
    than it does itself. Raises ``TokenRefused``.
    """
    name, asked = name.strip(), set(scopes)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise TokenRefused(f"Give the token a name of 1 to {LONGEST_NAME} characters, to tell it by.")
    if not asked:
        raise TokenRefused("Choose at least one scope: a token without any opens nothing.")
    if beyond := sorted(asked - set(scopes_of(user))):
        raise TokenRefused(f"A token of this user can not have the scope {', '.join(beyond)}.")
    if expires_at is not None and expires_at <= timezone.now():
        raise TokenRefused("The token would have expired already.")
    if under is not None:
        _refuse_more(asked, expires_at, under)
    with transaction.atomic():
        # The row of the user, so that of many requests at once none goes beyond the limit.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if ApiToken.objects.usable().filter(user=user).count() >= MOST:
            raise TokenRefused(f"There are {MOST} tokens of this user: revoke one first.")
        token, secret = ApiToken.issue(user, name, expires_at, [scope for scope in Scope if scope in asked])
        facts: dict[str, Any] = {"prefix": token.prefix, "scopes": token.scopes, "expires_at": expires_at}
        audit.record("token.issued", subject=token, name=name, user=user.pk, **facts)
    logger.info("token_issued", prefix=token.prefix, user_id=user.pk)
    return token, secret


def with_makers(found: Iterable[ApiToken]) -> list[tuple[ApiToken, str]]:
    """Each token with the name of who made it, as the audit has it; empty where that was its user."""
    listed = list(found)
    issued = AuditEntry.objects.filter(
        action="token.issued", subject_type="token", subject_id__in=[str(token.pk) for token in listed]
    )
    made_by = {
        entry.subject_id: entry.actor_name for entry in issued if str(entry.actor_id) != entry.details.get("user")
    }
    return [(token, made_by.get(str(token.pk), "")) for token in listed]


def _refuse_more(asked: set[str], expires_at: datetime | None, under: ApiToken) -> None:
    if beyond := sorted(asked - set(under.scopes)):
        raise TokenRefused(f"A token issues none that may do more than itself: it lacks {', '.join(beyond)}.")
    if under.expires_at is not None and (expires_at is None or expires_at > under.expires_at):
        raise TokenRefused(
            f"A token issues none that outlasts itself: it expires at {under.expires_at:%Y-%m-%d %H:%M}."
        )


def revoke(token: ApiToken) -> bool:
    """Have the token open nothing any more; whether it had not been revoked before."""
    now = timezone.now()
    with transaction.atomic():
        is_revoked_now = bool(ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now))
        if is_revoked_now:
            facts: dict[str, Any] = {"prefix": token.prefix, "user": token.user_id}
            audit.record("token.revoked", subject=token, name=token.name, **facts)
    if is_revoked_now:
        logger.info("token_revoked", prefix=token.prefix)
    return is_revoked_now
