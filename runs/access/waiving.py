"""Who may waive what a run's document has failed."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from runs.access.contents import readable_run_to_change
from runs.access.teams import team_mates
from runs.errors import NotAllowed
from runs.models import AgentRun, User

MAY_WAIVE = "runs.add_waiver"
"""The permission by which operators let somebody waive rules of their own runs."""


def run_to_waive(user: User, run_id: UUID) -> AgentRun:
    """A run whose failed rules ``user`` may pass: any that an operator has open, or the own of who is let.

    Raises ``NotFound``, ``PayloadHidden`` and ``NotAllowed``.
    """
    run = readable_run_to_change(user, run_id)
    if not may_waive(user, run):
        raise NotAllowed("Rules are waived by operators, and by those whom operators have let waive their own runs'.")
    return run


def may_waive(user: User, run: AgentRun) -> bool:
    """Whether ``user``, who sees what is in ``run``, may pass its failed rules."""
    return user.is_operator or (run.user_id == user.pk and user.has_perm(MAY_WAIVE))


def whose_waivers(run: AgentRun) -> QuerySet[User]:
    """Whose earlier waivers are proposed for ``run``: its owner's and their team's."""
    return team_mates(run.user)
