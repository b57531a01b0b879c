"""Whose runs a list is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet

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
    """What a list is of that ``user`` asks for; where somebody is ``named``, it is narrowed to theirs later.

    Without a word a list is of one's own runs, for an operator of everybody's.
    """
    if whose == "team":
        runs = AgentRun.objects.filter(is_team_mates("user", user))
        return Listed(runs, None if named else team_mates(user))
    if whose == "" and (named or user.is_operator):
        return Listed(visible_runs(user))
    return Listed(AgentRun.objects.filter(user=user))
