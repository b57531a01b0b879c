"""A reader's side of an event stream, without the socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from django.db import connection, connections

from runs.access import Caller, right_to_watch
from runs.access import streams as doors
from runs.live import Application, Page, Part, Rendering, Right, page_stream_url, stream_url
from runs.models import AgentRun, User


def url_of_page(user: User, page: Page) -> str:
    """Where ``user``'s ``page`` is told of changes, whatever session they have."""
    return page_stream_url(page, right_to_watch(Caller(user), page.run_id))


def url_of_run(run: AgentRun, user: User | None = None) -> str:
    """Where a script of ``user``, the run's own by default, watches ``run``."""
    return stream_url(run, right_to_watch(Caller(user), run.pk) if user else Right(run.user_id, run.pk))


class Viewer:
    """One connection of a browser or a program."""

    def __init__(self, application: Application, url: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.is_closed = False
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        path, _, query = url.partition("?")
        path = "/" + path.split("/", 3)[3] if "://" in path else path
        scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": headers or []}
        self._task = asyncio.create_task(application(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        await self._received.put(message["body"])
        if not message.get("more_body"):
            self.is_closed = True
            await self._received.put(None)

    async def events(self) -> AsyncIterator[tuple[str, str]]:
        """Events and their data, until the stream is over."""
        while (body := await asyncio.wait_for(self._received.get(), 10)) is not None:
            lines = body.decode().split("\n")
            kind = next((line[7:] for line in lines if line.startswith("event: ")), "")
            if kind:
                yield kind, "\n".join(line[6:] for line in lines if line.startswith("data: "))

    async def messages(self) -> AsyncIterator[tuple[str, Any]]:
        """The same, where the data is JSON."""
        async for kind, data in self.events():
            yield kind, json.loads(data)

    async def until(self, event: str, fact: Callable[[Any], bool]) -> Any:
        async for kind, data in self.messages():
            if kind == event and fact(data):
                return data
        raise AssertionError(f"the stream ended before {event}")

    async def until_shown(self, *words: str) -> str:
        """The next fragments that contain all of ``words``."""
        async for kind, html in self.events():
            if kind == "fragments" and all(word in html for word in words):
                return html
        raise AssertionError(f"the stream ended before {words}")

    async def rest(self) -> list[str]:
        """The kinds of all events until the stream is over."""
        return [kind async for kind, _ in self.events()]

    async def leave(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, 5)


Scene = Callable[[Application], Awaitable[None]]


def play(scene: Scene, render: Callable[[Part, str], Rendering]) -> None:
    """Carry out ``scene`` with streams of an event loop of its own."""

    async def whole() -> None:
        # One reader, so that its connection can be closed.
        application = Application(render, doors, reader_count=1)
        try:
            await scene(application)
        finally:
            await application.close()
            application.readers.submit(connections.close_all).result()
            application.readers.shutdown()

    asyncio.run(whole())


async def act(verb: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    """Carry out a verb elsewhere than in the loop, as another process would."""

    def in_thread() -> None:
        try:
            verb(*args, **kwargs)
        finally:
            connection.close()

    await asyncio.to_thread(in_thread)
