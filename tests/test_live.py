"""A stream shows a run from where it stands to its end, and opens only to who may watch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.core import signing
from django.db import connection, connections

from runs import lifecycle, live
from runs.lifecycle import Line
from runs.models import AgentRun, EventKind, User
from tests import acting

pytestmark = pytest.mark.django_db(transaction=True)


class Viewer:
    """A browser's side of one connection, without the socket."""

    def __init__(self, path: str, query: str = "", headers: list[tuple[bytes, bytes]] | None = None) -> None:
        self.status = 0
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": headers or []}
        self._task = asyncio.create_task(live.application(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            await self._received.put(message["body"])
            if not message.get("more_body"):
                await self._received.put(None)

    async def messages(self) -> AsyncIterator[tuple[str, Any]]:
        """Events with their data, until the stream is over."""
        while (body := await asyncio.wait_for(self._received.get(), 10)) is not None:
            fields = dict(line.split(": ", 1) for line in body.decode().splitlines() if ": " in line)
            if "event" in fields:
                yield fields["event"], json.loads(fields["data"])

    async def until(self, event: str, fact: Callable[[Any], bool]) -> Any:
        async for kind, data in self.messages():
            if kind == event and fact(data):
                return data
        raise AssertionError(f"the stream ended before {event}")

    async def leave(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, 5)


def watching(run: AgentRun, after: int = 0) -> Viewer:
    path, _, query = live.stream_url(run).partition("?")
    headers = [(b"last-event-id", str(after).encode())] if after else []
    return Viewer("/" + path.split("/", 3)[3], query, headers)


@asynccontextmanager
async def fresh_hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[live.Hub]:
    """A hub of this test's own event loop."""
    hub, readers = live.Hub(), ThreadPoolExecutor(max_workers=1)
    monkeypatch.setattr(live, "hub", hub)
    monkeypatch.setattr(live, "readers", readers)
    try:
        yield hub
    finally:
        if hub._keeping:
            hub._keeping.cancel()
            await asyncio.gather(hub._keeping, return_exceptions=True)
        if hub._listener:
            asyncio.get_running_loop().remove_reader(hub._listener.fileno())
            hub._listener.close()
        readers.submit(connections.close_all).result()
        readers.shutdown()


@pytest.fixture
def in_loop(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Awaitable[None]]], None]:
    def run(scene: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with fresh_hub(monkeypatch):
                await scene()

        asyncio.run(whole())

    return run


async def act(verb: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    """Carry out a verb elsewhere than in the loop, as another process would."""

    def in_thread() -> None:
        try:
            verb(*args, **kwargs)
        finally:
            connection.close()

    await asyncio.to_thread(in_thread)


def test_a_run_is_followed_to_its_end(owner: User, in_loop: Any) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene() -> None:
        viewer = watching(run)
        assert (await viewer.until("history", bool))[0]["kind"] == EventKind.TRIGGERED
        await viewer.until("run", lambda seen: seen["status"] == "running")

        await act(lifecycle.progress, attempt, percent=40, lines=[Line(run.created_at, "step", "Reading")])
        await viewer.until("run", lambda seen: seen["progress"] == 40 and seen["step"] == "Reading")

        await act(lifecycle.complete, attempt, "done", {})
        await viewer.until("run", lambda seen: seen["status"] == "completed")
        await viewer.until("end", lambda _: True)

    in_loop(scene)


def test_a_reader_who_comes_back_is_told_what_they_missed_and_nothing_twice(owner: User, in_loop: Any) -> None:
    run = acting.completed(owner)
    events = list(run.events.values_list("id", flat=True))

    async def scene() -> None:
        viewer = watching(run, after=events[0])
        told = [event["id"] async for kind, data in viewer.messages() if kind == "history" for event in data]
        assert told == events[1:]

    in_loop(scene)


def test_a_lost_listening_connection_is_made_again_and_nothing_is_missed(owner: User, in_loop: Any) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene() -> None:
        viewer = watching(run)
        await viewer.until("run", lambda seen: seen["status"] == "running")
        while live.hub._listener is None:
            await asyncio.sleep(0.01)
        await act(terminate, live.hub._listener)
        await act(lifecycle.complete, attempt, "done", {})
        await viewer.until("run", lambda seen: seen["status"] == "completed")

    in_loop(scene)


def terminate(listener: psycopg2.extensions.connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [listener.info.backend_pid])


def test_a_reader_who_leaves_leaves_nothing_behind(owner: User, in_loop: Any) -> None:
    run = acting.running(owner)

    async def scene() -> None:
        viewer = watching(run)
        await viewer.until("run", lambda seen: True)
        await viewer.leave()
        assert not live.hub._watchers

    in_loop(scene)


@pytest.mark.parametrize("case", ["no token", "another run's", "forged", "expired", "no run", "no such path"])
def test_nobody_watches_without_a_token_for_the_run(case: str, owner: User, in_loop: Any, settings: Any) -> None:
    run = acting.running(owner)
    signer = signing.TimestampSigner(salt=live.SALT)
    token = {
        "no token": "",
        "another run's": signer.sign(str(uuid4())),
        "forged": signer.sign(str(run.pk))[:-2] + "xx",
        "expired": f"{run.pk}:1:signature",
    }.get(case, signer.sign(str(run.pk)))
    path = {"no run": "/runs/not-a-run/stream", "no such path": "/elsewhere"}.get(case, f"/runs/{run.pk}/stream")

    async def scene() -> None:
        viewer = Viewer(path, f"token={token}")
        assert [message async for message in viewer.messages()] == []
        assert viewer.status == 404

    in_loop(scene)


def test_the_process_says_that_it_lives(in_loop: Any) -> None:
    async def scene() -> None:
        viewer = Viewer("/healthz")
        assert [message async for message in viewer.messages()] == []
        assert viewer.status == 200

    in_loop(scene)
