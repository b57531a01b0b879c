"""Who makes a request of the API, what their token lets them do, and for whom they may speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from runs import audit, identities, origin
from runs.errors import NotAllowed, NotSignedIn
from runs.models import ApiToken, Scope, User

USE_IS_NOTED_EVERY = timedelta(minutes=1)
USE_IS_AUDITED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. ``user`` is None for the open API on loopback, ``token`` without one.

    ``session`` is the browser's, by its reference.
    """

    user: User | None
    token: ApiToken | None = None
    session: UUID | None = None

    @property
    def may_act_for_others(self) -> bool:
        """Whether runs of any user may be triggered and seen."""
        if self.token is not None and Scope.ACT_FOR_OTHERS not in self.token.scopes:
            return False
        return self.user is None or self.user.may_act_for_others


def caller_with_token(secret: str, needs: Scope) -> Caller:
    """Whoever the token stands for, as far as its scopes go.

    Raises ``NotSignedIn`` for a token that opens nothing, ``NotAllowed`` for one that
    lacks the scope the request needs.
    """
    token = ApiToken.objects.for_secret(secret)
    if token is None:
        raise NotSignedIn("The token is not valid: it is unknown, expired or revoked.")
    origin.note_user(token.user.pk, token.user.get_username(), token.prefix)
    now = timezone.now()
    long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=now)
        audit.record_unless_lately("token.used", USE_IS_AUDITED_EVERY, subject=token, name=token.name)
    if needs not in token.scopes:
        raise NotAllowed(f"This token lacks the scope {needs.value}.")
    return _bounded(token)


def who_may_read_too(caller: Caller) -> User:
    """Whoever changes something that tells of runs, or shows what they are given.

    Raises ``NotAllowed`` for a token that may not read them.
    """
    assert caller.user is not None
    if caller.token is not None and Scope.RUNS_READ not in caller.token.scopes:
        raise NotAllowed(f"This token lacks the scope {Scope.RUNS_READ.value}.")
    return caller.user


def caller_with_jwt(jwt: str, needs: Scope) -> Caller:
    """Whoever an issuer's signed token stands for, as far as the scopes it names go.

    Raises as ``caller_with_token`` does, and ``IssuerAway`` while its keys are not known.
    """
    found = identities.bearer(jwt)
    if needs not in found.scopes:
        raise NotAllowed(f"This token lacks the scope {needs.value}.")
    # A token that no table holds, so that all that is decided by a token's scopes and end is decided alike.
    token = ApiToken(
        id=found.token_id,
        user=found.user,
        name="Token of the issuer",
        prefix="jwt",
        scopes=found.scopes,
        created_at=found.issued_at,
        expires_at=found.expires_at,
    )
    origin.note_user(found.user.pk, found.user.get_username(), token.prefix)
    return _bounded(token)


def _bounded(token: ApiToken) -> Caller:
    """Its user, who may no more than it says."""
    token.user.uses_power = Scope.OPERATE in token.scopes
    token.user.reads_runs = Scope.RUNS_READ in token.scopes
    return Caller(token.user, token)


def user_acted_for(caller: Caller, user_id: UUID) -> User:
    """The user a caller names: themselves, or anybody for who may act for others.

    A UUID never seen before becomes a new user, who cannot sign in. Raises ``NotAllowed``.
    """
    if caller.user is not None and caller.user.pk == user_id:
        return caller.user
    if not caller.may_act_for_others:
        raise NotAllowed("This token may only run agents for its own user.")
    user = User.objects.filter(pk=user_id).first() or _provision(user_id)
    if not user.is_active:
        raise NotAllowed("This user has been deactivated.")
    return user


def _provision(user_id: UUID) -> User:
    user = User(pk=user_id, username=f"user-{user_id}")
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # Two first requests of the same new user met.
        return User.objects.get(pk=user_id)
    return user
