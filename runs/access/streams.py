"""Who may watch: said when a stream's address is given out, and asked again while it is open."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connections
from django.db.models import F
from django.utils import timezone

from runs.access.callers import Caller
from runs.access.teams import Membership, team_mates
from runs.live import Right
from runs.models import AgentRun, ApiToken, BrowserSession, User


def right_to_watch(caller: Caller, run_id: UUID | None = None) -> Right:
    """What lets ``caller`` watch a run that they may see, or what is theirs."""
    user, token = caller.user, caller.token
    assert user is not None
    return Right(
        viewer_id=user.pk,
        run_id=run_id,
        as_operator=user.is_operator,
        session=caller.session,
        password=_mark(user) if caller.session else "",
        # One that an issuer has signed is in no table, and ends by itself.
        token_id=token.pk if token and token.digest else None,
        until=int(token.expires_at.timestamp()) if token and token.expires_at else 0,
    )


def holding(rights: Collection[Right]) -> set[Right]:
    """Those of ``rights`` that hold now: a few statements, however many there are."""
    try:
        return _Standing(rights).holding()
    finally:
        connections["default"].close_if_unusable_or_obsolete()


def team_mates_of(viewer_id: UUID) -> list[UUID]:
    """Whose runs somebody's list of their team is about."""
    try:
        return list(team_mates(User(pk=viewer_id)).values_list("pk", flat=True))
    finally:
        connections["default"].close_if_unusable_or_obsolete()


class _Standing:
    """What is so in the database at this moment, of all that some rights depend on."""

    def __init__(self, rights: Collection[Right]) -> None:
        self.rights = rights
        users = User.objects.filter(pk__in=_ids(right.viewer_id for right in rights), is_active=True)
        self.viewers = {user.pk: user for user in users.only("id", "password", "is_staff")}
        sessions, tokens = _ids(right.session for right in rights), _ids(right.token_id for right in rights)
        is_open = BrowserSession.objects.filter(reference__in=sessions, expire_date__gt=timezone.now())
        self.sessions = set(is_open.values_list("reference", "user_id")) if sessions else set()
        usable = ApiToken.objects.usable().filter(pk__in=tokens)
        self.tokens = set(usable.values_list("pk", "user_id")) if tokens else set()
        runs = _ids(right.run_id for right in rights)
        owners = AgentRun.objects.filter(pk__in=runs).values_list("pk", "user_id")
        self.owners: dict[UUID, UUID] = dict(owners) if runs else {}
        self.teams = self._teams()

    def _teams(self) -> set[tuple[UUID, UUID]]:
        """Who is the team mate of whose run they watch."""
        viewers = {right.viewer_id for right in self.rights if self._needs_team(right)}
        if not viewers:
            return set()
        shared = Membership.objects.filter(user__in=viewers, group__team__isnull=False)
        owners = shared.filter(group__user__in=set(self.owners.values()))
        return set(owners.values_list("user_id", F("group__user")))

    def _needs_team(self, right: Right) -> bool:
        return right.run_id is not None and not right.as_operator and not self._is_own(right)

    def _is_own(self, right: Right) -> bool:
        return right.run_id is not None and self.owners.get(right.run_id) == right.viewer_id

    def holding(self) -> set[Right]:
        return {right for right in self.rights if self._holds(right)}

    def _holds(self, right: Right) -> bool:
        viewer = self.viewers.get(right.viewer_id)
        if viewer is None or (right.as_operator and not viewer.is_staff):
            return False
        if right.session and ((right.session, viewer.pk) not in self.sessions or right.password not in _marks(viewer)):
            return False
        if right.token_id and (right.token_id, viewer.pk) not in self.tokens:
            return False
        return self._sees(right)

    def _sees(self, right: Right) -> bool:
        """As ``visible_runs`` has it. A run that is gone is nobody's to see."""
        if right.run_id is None:
            return True
        owner = self.owners.get(right.run_id)
        is_theirs = self._is_own(right) or (right.viewer_id, owner) in self.teams
        return owner is not None and (is_theirs or right.as_operator)


def _ids(found: Iterable[UUID | None]) -> set[UUID]:
    return {each for each in found if each is not None}


def _mark(user: User) -> str:
    """Changes with the password, as sessions do."""
    return _short(user.get_session_auth_hash())


def _marks(user: User) -> set[str]:
    """Also those under a former key."""
    return {_mark(user), *(_short(each) for each in user.get_session_auth_fallback_hash())}


def _short(hash: str) -> str:
    return hashlib.sha256(hash.encode()).hexdigest()[:16]
