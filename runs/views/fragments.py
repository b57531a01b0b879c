"""The parts of an open page, rendered by the page's own templates for all who look at them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.template.loader import render_to_string

from runs import access
from runs.agents import AGENTS
from runs.filters import PAYLOAD_COLUMNS
from runs.live import Part, Rendering
from runs.models import AgentRun, User
from runs.usual import usual_times
from runs.views.frame import active_runs_of
from runs.views.home import everybodys_runs, my_runs, parse_shown
from runs.views.watched import WatchedRun, parse_cursor

NOTHING_MORE: Final = Rendering("", is_over=True)


def render(part: Part, position: str) -> Rendering:
    """``part`` as it stands, from ``position`` on. For threads that answer no request."""
    try:
        match part.kind:
            case "run":
                return _run(part, position)
            case "home":
                return _home(part, position)
            case "everybody":
                return _everybody()
            case _:
                return _header(part, position)
    finally:
        connections["default"].close_if_unusable_or_obsolete()


def _run(part: Part, position: str) -> Rendering:
    """The position is the last event that was seen and the run's standing at that time."""
    assert part.run_id is not None
    runs = AgentRun.objects.select_related("user", "document", "policy", "rerun_of").defer(*PAYLOAD_COLUMNS)
    # Before its events, so that the last update of a run that has ended lacks none of them.
    run = runs.filter(pk=part.run_id).first()
    if run is None:
        return NOTHING_MORE
    after, _, seen = position.partition(".")
    as_seen = _as_seen(run, part.viewer_id)
    if as_seen is None:
        return NOTHING_MORE
    run, viewer = as_seen
    watched = WatchedRun(run, viewer, after=parse_cursor(after), seen=seen)
    html = _rendered("run_update.html", run=run, watched=watched, user=viewer)
    return Rendering(html, f"{watched.cursor}.{watched.standing}", is_moving=not run.is_final, is_over=run.is_final)


def _as_seen(run: AgentRun, viewer_id: UUID | None) -> tuple[AgentRun, User] | None:
    """The run as somebody may see it now, and who that is; None for who may not see it any more.

    What all operators see has no content of anybody's.
    """
    if viewer_id is None:
        return (run if run.agent in access.WITHOUT_CONTENT else access.hidden(run)), _some_operator()
    if viewer_id == run.user_id:
        return run, run.user
    viewer = User.objects.filter(pk=viewer_id).first()
    if viewer is None or not access.visible_runs(viewer).filter(pk=run.pk).exists():
        return None
    return access.shown_to(viewer, run), viewer


def _home(part: Part, position: str) -> Rendering:
    """The position is the runs that have a card."""
    assert part.viewer_id is not None
    user = User.objects.filter(pk=part.viewer_id).first()
    if user is None:
        return NOTHING_MORE
    context = my_runs(user, usual_times(AGENTS), shown=parse_shown(position))
    html = _rendered("home_update.html", user=user, **context)
    cards = [watched.run for watched in context["cards"]]
    is_moving = any(not run.is_final for run in cards)
    return Rendering(html, ",".join(str(run.pk) for run in cards), is_moving=is_moving)


def _everybody() -> Rendering:
    context = everybodys_runs()
    html = _rendered("_everybodys_runs.html", user=_some_operator(), **context)
    return Rendering(html, is_moving=bool(context["everybodys_runs"]))


def _header(part: Part, position: str) -> Rendering:
    """The position is the runs that were active; what has become of them is announced."""
    assert part.viewer_id is not None
    active = active_runs_of(part.viewer_id)
    gone = set(parse_shown(position)) - {run.pk for run in active}
    ended = AgentRun.objects.finished().filter(pk__in=gone).only("agent", "status") if gone else []
    html = _rendered("header_update.html", my_active_runs=active, ended_runs=list(ended))
    return Rendering(html, ",".join(str(run.pk) for run in active))


def _rendered(template: str, **context: Any) -> str:
    # The reader's page has a token for its forms, which its scripts put in the place of this word.
    return render_to_string(template, {**context, "is_streamed": True, "csrf_token": "the-pages-own"})  # nosec B105


def _some_operator() -> User:
    """Nobody in particular: what all operators see alike names none of them."""
    return User(username="operator", is_staff=True)
