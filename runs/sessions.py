"""Django's sessions in a table that says whose they are, from which browser, and when last seen.

The engine of ``SESSION_ENGINE``. What a page knows of its own session it knows from
the row that Django reads anyway; being seen is written down every few minutes at most.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from runs import audit
from runs.errors import NotFound
from runs.models import AgentSettings, BrowserSession, Team, User
from runs.models.agent import is_closed_to_member

SEEN_EVERY: Final = timedelta(minutes=5)
LONGEST_NAME: Final = 300
MOST_SHOWN: Final = 100

BROWSERS: Final = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
    ("curl", r"^curl/"),
)
SYSTEMS: Final = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)


def closed_agents(request: HttpRequest) -> list[str] | None:
    """The agents that who asks may not run, were they no operator; None where that was not read with the session."""
    closed: list[str] | None = _read_with_session(request).get("closed_agents")
    return closed


def is_in_team(request: HttpRequest) -> bool | None:
    """Whether who asks is in a team; None where that was not read with the session."""
    is_in: bool | None = _read_with_session(request).get("is_in_team")
    return is_in


def reference_of(request: HttpRequest) -> UUID | None:
    """What names the browser's session on pages and in streams' tokens; None where there is none."""
    reference: UUID | None = _read_with_session(request).get("reference")
    return reference


def _read_with_session(request: HttpRequest) -> dict[str, Any]:
    row = getattr(getattr(request, "session", None), "row", None)
    if row is None or row.user_id is None or row.user_id != request.user.pk:
        return {}
    return dict(row.__dict__)


class SessionStore(DatabaseStore):
    """A browser's session."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.user_agent = ""
        self.row: BrowserSession | None = None

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def _get_session_from_db(self) -> BrowserSession | None:
        """The row, with what pages want to know of its user: agents they may not run, whether they are in a team."""
        closed = AgentSettings.objects.filter(is_closed_to_member(OuterRef(OuterRef("user")))).order_by()
        teams = Team.objects.filter(group__user=OuterRef("user")).order_by()
        rows = BrowserSession.objects.annotate(
            closed_agents=ArraySubquery(closed.values("pk")), is_in_team=Exists(teams)
        )
        self.row = rows.filter(session_key=self.session_key, expire_date__gt=timezone.now()).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def create(self) -> None:
        """A session of its own: signing in begins one, whatever the browser had before."""
        self.row = None
        super().create()

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        """The row as it is to be written; what it said of its beginning stays."""
        instance = cast(BrowserSession, super().create_model_instance(data))
        instance.user_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        instance.user_agent = self.user_agent[:LONGEST_NAME]
        instance.last_seen_at = timezone.now()
        instance.started_at = self.row.started_at if self.row else instance.last_seen_at
        if self.row:
            instance.reference = self.row.reference
        self.row = instance
        return instance


def note_browser(request: HttpRequest) -> None:
    """Have the session know whose it is once it is written. Before anything reads it."""
    if isinstance(request.session, SessionStore):
        request.session.user_agent = request.headers.get("User-Agent", "")


def note_use(request: HttpRequest) -> None:
    """Write down that the browser was seen, unless it has been lately."""
    row = request.session.row if isinstance(request.session, SessionStore) else None
    now = timezone.now()
    if row is not None and row.last_seen_at < now - SEEN_EVERY:
        BrowserSession.objects.filter(pk=row.pk).update(last_seen_at=now)


def of_user(user: User, current_key: str | None) -> list[ShownSession]:
    """Where ``user`` is signed in, this browser first, then the latest seen.

    A session from before the password was changed opens nothing, and is left out.
    """
    rows = _open(user).order_by("-last_seen_at")[:MOST_SHOWN]
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    valid = [row for row in rows if row.get_decoded().get(HASH_SESSION_KEY) in hashes]
    shown = [ShownSession(row, row.session_key == current_key) for row in valid]
    return sorted(shown, key=lambda session: not session.is_current)


def end(user: User, reference: UUID) -> None:
    """Sign one of ``user``'s browsers out. Raises ``NotFound``."""
    with transaction.atomic():
        ended, _ = _open(user).filter(reference=reference).delete()
        if ended:
            audit.record("session.ended", subject=user)
    if not ended:
        raise NotFound("This browser is not signed in any more.")


def end_others(user: User, current_key: str | None) -> int:
    """Sign ``user`` out everywhere but here; how many browsers that were."""
    with transaction.atomic():
        ended, _ = _open(user).exclude(session_key=current_key).delete()
        if ended:
            audit.record("sessions.ended", subject=user, count=ended)
    return ended


def _open(user: User) -> QuerySet[BrowserSession]:
    return BrowserSession.objects.filter(user=user, expire_date__gt=timezone.now())


class ShownSession:
    """A session as its owner sees it: never its key."""

    def __init__(self, row: BrowserSession, is_current: bool) -> None:
        self.reference: UUID = row.reference
        self.started_at: datetime = row.started_at
        self.last_seen_at: datetime = row.last_seen_at
        self.is_current = is_current
        self.browser = browser_of(row.user_agent)
        self.is_phone = bool(re.search(r"iPhone|Android", row.user_agent))


def browser_of(user_agent: str) -> str:
    """A browser and its system in words; browsers claim to be many others, so the order matters."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), "")
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "")
    if not browser:
        return "An unknown browser" + (f" on {system}" if system else "")
    return f"{browser} on {system}" if system else browser
