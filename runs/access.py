"""Who may see and do what. Decided where an object is fetched, nowhere else.

Owners see and stop their own runs; operators see and stop all of them. What somebody
may not see does not exist for them: the refusal is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from runs import audit, identities, origin
from runs.errors import NotAllowed, NotFound, NotSignedIn
from runs.models import AgentRun, ApiToken, Document, Schedule, Scope, User, Webhook, WebhookDelivery
from runs.models.run import AgentRunQuerySet
from runs.models.user import ApiTokenQuerySet

USE_IS_NOTED_EVERY = timedelta(minutes=1)
USE_IS_AUDITED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request of the API. ``user`` is None for the open API on loopback, ``token`` without one."""

    user: User | None
    token: ApiToken | None = None

    @property
    def may_act_for_others(self) -> bool:
        """Whether runs of any user may be triggered and seen."""
        if self.token is not None and Scope.ACT_FOR_OTHERS not in self.token.scopes:
            return False
        return self.user is None or self.user.may_act_for_others


def operators_only(user: User) -> None:
    """Raise ``NotFound`` for who is no operator: what is theirs does not exist for others."""
    if not user.is_operator:
        raise NotFound("There is nothing here.")


def operates(user: User) -> None:
    """Raise ``NotAllowed`` for who is no operator: what they may not change is no secret to them."""
    if not user.is_operator:
        raise NotAllowed("Only operators may do this; a token needs the scope operate for it, too.")


def visible_runs(user: User) -> AgentRunQuerySet:
    """The runs ``user`` may see: their own, and all of them for an operator."""
    return AgentRun.objects.all() if user.is_operator else AgentRun.objects.filter(user=user)


def visible_run(user: User, run_id: UUID) -> AgentRun:
    """One of them, with what a page shows of it. Raises ``NotFound``."""
    runs = visible_runs(user).select_related("user", "document", "policy", "rerun_of")
    return _one(runs, run_id)


def run_for(caller: Caller, run_id: UUID) -> AgentRun:
    """A run as the original API sees it: the caller's own, or any for who acts for others."""
    if caller.may_act_for_others:
        return _one(AgentRun.objects.all(), run_id)
    assert caller.user is not None
    return _one(visible_runs(caller.user), run_id)


def _one(runs: QuerySet[AgentRun], run_id: UUID) -> AgentRun:
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"Run ID: {run_id} not found")
    return run


def own_documents(user: User) -> QuerySet[Document]:
    """The documents ``user`` has uploaded, newest first."""
    return Document.objects.filter(owner=user)


def visible_document(user: User, document_id: UUID) -> Document:
    """A document ``user`` may see: an own one, or any for an operator. Raises ``NotFound``."""
    documents = Document.objects.all() if user.is_operator else own_documents(user)
    document = documents.filter(pk=document_id).first()
    if document is None:
        raise NotFound(f"Document ID: {document_id} not found")
    return document


def own_document(user: User, document_id: UUID) -> Document:
    """One of the documents ``user`` has uploaded. Raises ``NotFound``."""
    document = own_documents(user).filter(pk=document_id).first()
    if document is None:
        raise NotFound(f"Document ID: {document_id} not found")
    return document


def own_schedule(user: User, schedule_id: UUID) -> Schedule:
    """A schedule of ``user``'s, with what a page shows of it. Raises ``NotFound``."""
    found = Schedule.objects.filter(user=user, pk=schedule_id)
    schedule = found.select_related("user", "document", "last_run", "paused_by").first()
    if schedule is None:
        raise NotFound(f"Schedule ID: {schedule_id} not found")
    return schedule


def own_tokens(user: User) -> ApiTokenQuerySet:
    """The tokens that stand for ``user``, newest first."""
    return ApiToken.objects.filter(user=user)


def own_token(user: User, token_id: UUID) -> ApiToken:
    """One of them. Raises ``NotFound``."""
    token = own_tokens(user).filter(pk=token_id).first()
    if token is None:
        raise NotFound(f"Token ID: {token_id} not found")
    return token


def own_webhooks(user: User) -> QuerySet[Webhook]:
    """Where ``user`` wants to be told of events, oldest first."""
    return Webhook.objects.filter(user=user)


def own_webhook(user: User, webhook_id: UUID) -> Webhook:
    """One of them. Raises ``NotFound``."""
    hook = own_webhooks(user).filter(pk=webhook_id).first()
    if hook is None:
        raise NotFound(f"Webhook ID: {webhook_id} not found")
    return hook


def own_delivery(user: User, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """What one of ``user``'s webhooks was told once. Raises ``NotFound``."""
    deliveries = WebhookDelivery.objects.filter(webhook__user=user, webhook=webhook_id).select_related("webhook")
    delivery = deliveries.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(f"Delivery ID: {delivery_id} not found")
    return delivery


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
    token.user.uses_power = Scope.OPERATE in token.scopes
    return Caller(token.user, token)


def who_may_read_too(caller: Caller) -> User:
    """Whoever changes something that will tell of runs. Raises ``NotAllowed`` for a token that may not read them."""
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
    found.user.uses_power = Scope.OPERATE in found.scopes
    return Caller(found.user, token)


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
