"""A stream shows a run from where it stands to its end, and opens only to who may watch."""

from __future__ import annotations

import asyncio
import time

import psycopg2
import pytest
from django.core import signing
from django.db import connection

from runs import lifecycle
from runs.lifecycle import Line
from runs.live import Application, Page
from runs.live.run_streams import SALT, TOKEN_OPENS_FOR_SECONDS
from runs.models import AgentRun, EventKind, User
from runs.views.fragments import render
from tests import acting
from tests.live.viewing import Viewer, act, play, url_of_page, url_of_run

pytestmark = pytest.mark.django_db(transaction=True)


def watching(live: Application, run: AgentRun, after: int = 0) -> Viewer:
    return Viewer(live, url_of_run(run), [(b"last-event-id", str(after).encode())] if after else [])


def test_a_run_is_followed_to_its_end(owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene(live: Application) -> None:
        viewer = watching(live, run)
        assert (await viewer.until("history", bool))[0]["kind"] == EventKind.TRIGGERED
        await viewer.until("run", lambda seen: seen["status"] == "running")

        await act(lifecycle.progress, attempt, percent=40, lines=[Line(run.created_at, "step", "Reading")])
        await viewer.until("run", lambda seen: seen["progress"] == 40 and seen["step"] == "Reading")

        await act(lifecycle.complete, attempt, "done", {})
        await viewer.until("run", lambda seen: seen["status"] == "completed")
        await viewer.until("end", lambda _: True)

    play(scene, render)


def test_a_reader_who_comes_back_is_told_what_they_missed_and_nothing_twice(owner: User) -> None:
    run = acting.completed(owner)
    events = list(run.events.values_list("id", flat=True))

    async def scene(live: Application) -> None:
        viewer = watching(live, run, after=events[0])
        told = [event["id"] async for kind, data in viewer.messages() if kind == "history" for event in data]
        assert told == events[1:]

    play(scene, render)


def test_a_lost_listening_connection_is_made_again_and_nothing_is_missed(owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene(live: Application) -> None:
        viewer = watching(live, run)
        await viewer.until("run", lambda seen: seen["status"] == "running")
        while live.hub._listener is None:
            await asyncio.sleep(0.01)
        await act(terminate, live.hub._listener)
        await act(lifecycle.complete, attempt, "done", {})
        await viewer.until("run", lambda seen: seen["status"] == "completed")

    play(scene, render)


def terminate(listener: psycopg2.extensions.connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [listener.info.backend_pid])


def test_a_reader_who_leaves_leaves_nothing_behind(owner: User) -> None:
    run = acting.running(owner)

    async def scene(live: Application) -> None:
        viewer = watching(live, run)
        await viewer.until("run", lambda seen: True)
        await viewer.leave()
        assert live.hub.watch_count == 0

    play(scene, render)


@pytest.mark.parametrize(
    "case", ["no token", "another run's", "forged", "expired", "for pages", "no run", "no such path"]
)
def test_nobody_watches_without_a_token_for_the_run(case: str, owner: User, stranger: User) -> None:
    run = acting.running(owner)
    good = url_of_run(run).partition("=")[2]
    old = signing.Signer(salt=SALT).unsign_object(good) | {"given_at": time.time() - TOKEN_OPENS_FOR_SECONDS}
    token = {
        "no token": "",
        "another run's": url_of_run(acting.pending(stranger)).partition("=")[2],
        "forged": good[:-2] + "xx",
        "expired": signing.Signer(salt=SALT).sign_object(old),
        "for pages": url_of_page(owner, Page.of(owner, run=run)).partition("=")[2],
    }.get(case, good)
    path = {"no run": "/runs/not-a-run/stream", "no such path": "/elsewhere"}.get(case, f"/runs/{run.pk}/stream")

    async def scene(live: Application) -> None:
        viewer = Viewer(live, f"{path}?token={token}")
        assert await viewer.rest() == []
        assert viewer.status == 404

    play(scene, render)


def test_the_process_says_that_it_lives() -> None:
    async def scene(live: Application) -> None:
        viewer = Viewer(live, "/healthz")
        assert await viewer.rest() == []
        assert viewer.status == 200

    play(scene, render)
