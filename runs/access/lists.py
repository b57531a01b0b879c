"""Whose runs a list is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet, Subquery

from runs.access.runs import visible_runs
from runs.access.teams import is_team_mates, team_mates
from runs.models import AgentRun, User
from runs.models.run import AgentRunQuerySet

Whose = Literal["", "mine", "team"]


@dataclass(frozen=True, slots=True)
class Listed:
    """The runs of a list, all of which its reader may see.

    ``people``: whose they are, where they are several people's and not everybody's. No index has
    those in order: they are to be read person by person.
    """

    runs: AgentRunQuerySet
    people: QuerySet[User] | None = None


def listed_runs(user: User, whose: Whose = "", named: str = "") -> Listed:
    """What a list is of that ``user`` asks for; where somebody is ``named``, of theirs.

    Without a word a list is of one's own runs, for an operator of everybody's.
    """
    if named and whose != "mine" and not (user.is_operator and whose == ""):
        # The planner knows how many runs one person has; of an array it knows nothing.
        named_mate = team_mates(user).filter(username=named).values("pk")[:1]
        return Listed(AgentRun.objects.filter(user=Subquery(named_mate)))
    if whose == "team":
        return Listed(AgentRun.objects.filter(is_team_mates("user", user)), team_mates(user))
    if whose == "" and user.is_operator:
        return Listed(visible_runs(user))
    return Listed(AgentRun.objects.filter(user=user))
