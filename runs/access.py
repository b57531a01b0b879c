"""Who may see and do what. Decided where an object is fetched, nowhere else.

Owners see and stop their own runs; operators see and stop all of them, but see what is
in other people's only once they have given a reason (``may_read``). What somebody may not
see does not exist for them: the refusal is the same.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject, Now
from django.utils import timezone

from runs import audit, identities, lifecycle, origin
from runs.agents import AGENTS
from runs.errors import NotAllowed, NotFound, NotSignedIn, PayloadHidden
from runs.models import (
    AgentRun,
    ApiToken,
    Document,
    Opening,
    RunEvent,
    Schedule,
    Scope,
    User,
    Webhook,
    WebhookDelivery,
)
from runs.models.event import CONTENT_KINDS
from runs.models.run import AgentRunQuerySet
from runs.models.user import ApiTokenQuerySet

CONTENT_COLUMNS = ("input", "output", "traceback")
"""Of a run's columns those that hold what its user gave it and what came of it, beside its events and its document."""
WITHOUT_CONTENT = frozenset(name for name, agent in AGENTS.items() if not agent.holds_content)
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
    """One of them as ``user`` may see it, with what a page shows of it. Raises ``NotFound``."""
    runs = visible_runs(user).select_related("user", "document", "policy", "rerun_of")
    return shown_to(user, _one(with_openings(runs, user), run_id))


def visible_run_without_payload(user: User, run_id: UUID) -> AgentRun:
    """The same without its input, output and traceback. Raises ``NotFound``."""
    runs = visible_runs(user).select_related("user", "document", "policy", "rerun_of").defer(*CONTENT_COLUMNS)
    return shown_to(user, _one(with_openings(runs, user), run_id))


def readable_run(user: User, run_id: UUID) -> AgentRun:
    """One whose content ``user`` may see now. Raises ``NotFound`` and ``PayloadHidden``."""
    run = visible_run(user, run_id)
    if run.is_hidden:
        raise PayloadHidden
    return run


def run_to_change(user: User, run_id: UUID) -> AgentRun:
    """One to do something to, whole: what comes of it is shown through ``shown_to``. Raises ``NotFound``."""
    return _one(visible_runs(user).select_related("user"), run_id)


def readable_runs(user: User) -> AgentRunQuerySet:
    """The runs whose content ``user`` may see now."""
    if not user.is_operator:
        return visible_runs(user)
    opened = Opening.objects.filter(operator=user, until__gt=Now()).values("run")
    return AgentRun.objects.filter(Q(user=user) | Q(agent__in=WITHOUT_CONTENT) | Q(pk__in=opened))


def open_run(user: User, run_id: UUID, reason: str) -> Opening:
    """Break glass: have what is in a run opened to an operator.

    Raises ``NotFound``, ``NotAllowed`` for who sees it anyway, and ``ReasonMissing``.
    """
    run = visible_run_without_payload(user, run_id)
    if not user.is_operator or run.user_id == user.pk or run.agent in WITHOUT_CONTENT:
        raise NotAllowed("There is nothing to be opened: you see what is in this run.")
    return lifecycle.open_content(run, by=user, reason=reason)


def with_openings(runs: AgentRunQuerySet, user: User) -> AgentRunQuerySet:
    """Runs that know until when they are open to ``user``, and who opened them last, by the same statement."""
    openings = Opening.objects.filter(run=OuterRef("pk"))
    own = openings.filter(operator=user, until__gt=Now()).order_by("-until").values("until")[:1]
    said = JSONObject(operator="operator__username", reason="reason", at="opened_at")
    last = openings.order_by("-pk").values(said=said)[:1]
    return runs.annotate(opened_until=Subquery(own), opened_last=Subquery(last))


def may_read(user: User, run: AgentRun) -> bool:
    """Whether ``user``, who may see ``run``, may see what is in it: their own, and what they have opened.

    This is the rule; everything that shows content asks it, or takes what has been through it.
    """
    if not user.reads_runs:
        # They may start and stop it; what they are answered must not be another way to read it.
        return False
    if run.user_id == user.pk or run.agent in WITHOUT_CONTENT:
        return True
    if "opened_until" in run.__dict__:
        return run.__dict__["opened_until"] is not None
    return Opening.objects.filter(run=run, operator=user, until__gt=Now()).exists()


def shown_to(user: User, run: AgentRun) -> AgentRun:
    """``run`` as ``user`` may see it: where its content is hidden, a copy without it that says so."""
    return run if may_read(user, run) else hidden(run)


def hidden(run: AgentRun) -> AgentRun:
    """A copy of ``run`` without its content."""
    bare = copy(run)
    bare.input, bare.output, bare.traceback = {}, None, ""
    bare.is_hidden = True
    return bare


def visible_events(run: AgentRun) -> QuerySet[RunEvent]:
    """What happened to ``run``, which comes from here: of a hidden one not what its agent has said."""
    events = RunEvent.objects.filter(run=run)
    return events.exclude(kind__in=CONTENT_KINDS) if run.is_hidden else events


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


def readable_document(user: User, document_id: UUID) -> Document:
    """A document whose content ``user`` may see: an own one, or for an operator that of a run they have opened.

    Raises ``NotFound`` and ``PayloadHidden``.
    """
    document = visible_document(user, document_id)
    if document.owner_id != user.pk and not readable_runs(user).filter(document=document).exists():
        raise PayloadHidden
    return document


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
