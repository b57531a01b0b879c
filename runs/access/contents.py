"""What is in a run, and whom it is shown to."""

from __future__ import annotations

from copy import copy
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject, Now

from runs import lifecycle
from runs.access.runs import one, run_to_change, visible_runs
from runs.access.teams import is_team_mates, team_mates
from runs.agents import AGENTS
from runs.errors import NotAllowed, PayloadHidden
from runs.models import AgentRun, Golden, Opening, RunEvent, User
from runs.models.event import CONTENT_KINDS
from runs.models.run import AgentRunQuerySet

CONTENT_COLUMNS = ("input", "output", "traceback")
"""Of a run's columns those that hold what its user gave it and what came of it, beside its events and its document."""
WITHOUT_CONTENT = frozenset(name for name, agent in AGENTS.items() if not agent.holds_content)


def visible_run(user: User, run_id: UUID) -> AgentRun:
    """A run as ``user`` may see it, with what a page shows of it. Raises ``NotFound``."""
    runs = visible_runs(user).select_related("user", "document", "policy", "rerun_of")
    return shown_to(user, one(as_seen_by(user, runs), run_id))


def visible_run_without_payload(user: User, run_id: UUID) -> AgentRun:
    """The same without its input, output and traceback. Raises ``NotFound``."""
    runs = visible_runs(user).select_related("user", "document", "policy", "rerun_of").defer(*CONTENT_COLUMNS)
    return shown_to(user, one(as_seen_by(user, runs), run_id))


def readable_run(user: User, run_id: UUID) -> AgentRun:
    """One whose content ``user`` may see now. Raises ``NotFound`` and ``PayloadHidden``."""
    return _unless_hidden(visible_run(user, run_id))


def readable_run_to_change(user: User, run_id: UUID) -> AgentRun:
    """One to do something with that takes its content. Raises ``NotFound`` and ``PayloadHidden``."""
    return _unless_hidden(shown_to(user, run_to_change(user, run_id)))


def _unless_hidden(run: AgentRun) -> AgentRun:
    if run.is_hidden:
        raise PayloadHidden
    return run


def readable_runs(user: User) -> AgentRunQuerySet:
    """The runs whose content ``user`` may see now: their own, their teams', and what they have opened."""
    if not user.is_operator:
        return visible_runs(user)
    opened = Opening.objects.filter(operator=user, until__gt=Now()).values("run")
    theirs = Q(is_team_mates("user", user))
    return AgentRun.objects.filter(theirs | Q(agent__in=WITHOUT_CONTENT) | Q(pk__in=opened))


def as_seen_by(user: User, runs: AgentRunQuerySet) -> AgentRunQuerySet:
    """``runs`` that know by the same statement whether they are of a team of ``user``'s, until when they
    are open to them, who opened them last, and whether they are pinned.
    """
    openings = Opening.objects.filter(run=OuterRef("pk"))
    own = openings.filter(operator=user, until__gt=Now()).order_by("-until").values("until")[:1]
    said = JSONObject(operator="operator__username", reason="reason", at="opened_at")
    last = openings.order_by("-pk").values(said=said)[:1]
    is_of_team = ExpressionWrapper(is_team_mates("user", user), BooleanField())
    pinned = Exists(Golden.objects.filter(run=OuterRef("pk")))
    return runs.annotate(
        is_of_team=is_of_team, opened_until=Subquery(own), opened_last=Subquery(last), is_pinned=pinned
    )


def may_read(user: User, run: AgentRun) -> bool:
    """Whether ``user`` may see what is in ``run``: it is their own or a team mate's, or they have opened it.

    This is the rule; everything that shows content asks it, or takes what has been through it.
    """
    if not user.reads_runs:
        # They may start and stop it; what they are answered must not be another way to read it.
        return False
    if run.user_id == user.pk or run.agent in WITHOUT_CONTENT:
        return True
    known = run.__dict__
    if "is_of_team" in known:
        return known["is_of_team"] or known["opened_until"] is not None
    return readable_runs(user).filter(pk=run.pk).exists()


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


def open_run(user: User, run_id: UUID, reason: str) -> Opening:
    """Break glass: have what is in a run opened to an operator.

    Raises ``NotFound``, ``NotAllowed`` for who sees it anyway, and ``ReasonMissing``.
    """
    run = run_to_change(user, run_id)
    is_theirs = run.user_id in team_mates(user).values_list("pk", flat=True)
    if not user.is_operator or is_theirs or run.agent in WITHOUT_CONTENT:
        raise NotAllowed("There is nothing to be opened: you see what is in this run.")
    return lifecycle.open_content(run, by=user, reason=reason)
