"""Which runs somebody may see, and which they may change."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from runs.access.callers import Caller
from runs.access.teams import is_team_mates
from runs.errors import NotFound
from runs.models import AgentRun, User
from runs.models.run import AgentRunQuerySet


def visible_runs(user: User) -> AgentRunQuerySet:
    """The runs ``user`` may see: their own, those of who shares a team with them, and all for an operator."""
    if user.is_operator:
        return AgentRun.objects.all()
    return AgentRun.objects.filter(is_team_mates("user", user))


def run_to_change(user: User, run_id: UUID) -> AgentRun:
    """One to do something to, whole: an own one, or any for an operator. Team mates look on.

    What comes of it is shown through ``shown_to``. Raises ``NotFound``.
    """
    runs = AgentRun.objects.all() if user.is_operator else AgentRun.objects.filter(user=user)
    return one(runs.select_related("user"), run_id)


def run_for(caller: Caller, run_id: UUID) -> AgentRun:
    """A run as the original API sees it: one the caller may see, or any for who acts for others."""
    if caller.may_act_for_others:
        return one(AgentRun.objects.all(), run_id)
    assert caller.user is not None
    return one(visible_runs(caller.user), run_id)


def one(runs: QuerySet[AgentRun], run_id: UUID) -> AgentRun:
    """The run of this id among ``runs``. Raises ``NotFound``."""
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"Run ID: {run_id} not found")
    return run
