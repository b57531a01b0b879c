"""What of a page may be watched, and the token that says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from django.conf import settings
from django.core import signing

from runs.agents import AGENTS
from runs.live.hub import EVERYTHING
from runs.live.rights import Right
from runs.models import AgentRun, User

SALT: Final = "runs.live.pages"
TOKEN_OPENS_FOR_SECONDS: Final = 120
STREAM_LASTS_SECONDS: Final = 600
"""Then the page asks anew, and is told of what has changed about its reader, too."""

Kind = Literal["run", "header", "home", "everybody", "list"]
Shows = Literal["", "home", "runs", "team", "run"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page as one audience sees it. Equal parts are rendered once for all who watch.

    ``viewer_id`` is whose eyes it is made for; None for operators in general.
    """

    kind: Kind
    topic: str
    run_id: UUID | None = None
    viewer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rendering:
    """A part as it stands, as fragments in HTML; ``position`` is from where the next one goes on.

    ``is_moving``: it changes with time alone. ``is_over``: it will not change any more.
    """

    html: str
    position: str = ""
    is_moving: bool = False
    is_over: bool = False


Render = Callable[[Part, str], Rendering]
"""Renders a part from a position on, in the thread that calls; empty HTML where there is nothing new."""


@dataclass(frozen=True, slots=True)
class Page:
    """An open page: who looks at what.

    ``shows`` is ``home``, ``runs`` (a list of them), ``team`` (a list of a team's), ``run`` (one), or nothing
    beyond the header.
    ``is_personal`` says whether what they see of the run is not what all operators see: it is
    their own or a team mate's, or has been opened to them.
    """

    viewer_id: UUID
    is_operator: bool
    shows: Shows = ""
    run_id: UUID | None = None
    is_personal: bool = True

    @classmethod
    def of(cls, user: User, shows: Shows = "", run: AgentRun | None = None) -> Page:
        """``user``'s page. Of a run that has ended nothing is left to watch but the header."""
        if run is None or run.is_final:
            return cls(user.pk, user.is_operator, "" if run else shows)
        agent = AGENTS.get(run.agent)
        is_opened = not run.is_hidden and (agent is None or agent.holds_content)
        is_personal = run.user_id == user.pk or not user.is_operator or is_opened
        return cls(user.pk, user.is_operator, "run", run.pk, is_personal=is_personal)

    @property
    def parts(self) -> list[Part]:
        """What the page's stream carries. The first is what the page is about."""
        viewer = str(self.viewer_id)
        header = Part("header", viewer, viewer_id=self.viewer_id)
        match self.shows:
            case "run":
                audience = self.viewer_id if self.is_personal else None
                return [Part("run", str(self.run_id), self.run_id, audience), header]
            case "home":
                everybody = [Part("everybody", EVERYTHING)] if self.is_operator else []
                return [Part("home", viewer, viewer_id=self.viewer_id), header, *everybody]
            case "runs":
                return [Part("list", EVERYTHING if self.is_operator else viewer), header]
            case "team":
                # The members are found when the stream opens.
                return [Part("list", viewer), header]
            case _:
                return [header]


@dataclass(frozen=True, slots=True)
class Pass:
    """A page, by what right it is watched, and until when (seconds of the epoch) it may be."""

    page: Page
    right: Right
    until: float


def page_stream_url(page: Page, right: Right) -> str:
    """Where ``page`` is told of changes, with a token that opens its stream for two minutes."""
    claim = {
        "operator": page.is_operator,
        "shows": page.shows,
        "own": page.is_personal,
        "given_at": int(time.time()),
        "right": right.as_json(),
    }
    return f"{settings.LIVE_URL}/pages/stream?token={signing.Signer(salt=SALT).sign_object(claim)}"


def read_token(token: str) -> Pass | None:
    """What ``token`` opens; None where it was not given out by us, or too long ago."""
    try:
        claim = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    now = time.time()
    if claim["given_at"] + TOKEN_OPENS_FOR_SECONDS <= now:
        return None
    right = Right.from_json(claim["right"])
    page = Page(right.viewer_id, claim["operator"], claim["shows"], right.run_id, claim["own"])
    return Pass(page, right, now + STREAM_LASTS_SECONDS)
