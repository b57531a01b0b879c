"""Teams: groups that are marked so, and whose members see each other's runs.

Decided by who is in a team now: whoever leaves one sees its runs no more, and takes
their own along.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, QuerySet

from runs.models import Team, User
from runs.models.expressions import IsAmong

Membership: Final = User.groups.through


def teams_of(user: User) -> QuerySet[Team]:
    """The teams that ``user`` is in, by name."""
    return Team.objects.filter(group__user=user).select_related("group").order_by("group__name")


def team_mates(user: User) -> QuerySet[User]:
    """``user``, and those who share a team with them."""
    return User.objects.filter(pk__in=_ids(user))


def is_team_mates(column: str, user: User) -> IsAmong:
    """Whether ``column`` names one of them. They are found once, and an index that begins with it can be used."""
    return IsAmong(F(column), ArraySubquery(_ids(user)))


def _ids(user: User) -> QuerySet[Any, Any]:
    shared = Team.objects.filter(group__user=user).order_by().values("pk")
    mates = Membership.objects.filter(group__in=shared).values_list("user")
    return mates.union(User.objects.filter(pk=user.pk).values_list("pk"))
