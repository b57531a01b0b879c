"""Who gets which stream."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import structlog
from django.conf import settings

from runs import origin
from runs.live import page_streams, run_streams
from runs.live.hub import Hub, Watch
from runs.live.page_streams import Workshop
from runs.live.parts import Pass, Render, read_token
from runs.live.wire import Message, Receive, Send, Stream, answer, header

logger = structlog.stdlib.get_logger(__name__)

RUN_STREAM: Final = re.compile(r"^/runs/(?P<run_id>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})/stream$")
PAGE_STREAM: Final = "/pages/stream"
LONGEST_POSITION: Final = 400
READERS: Final = 2
"""Connections that read for all streams together."""


class Application:
    """All streams of one process. ``render`` makes the parts of pages, in one of ``reader_count`` threads."""

    def __init__(self, render: Render, reader_count: int = READERS) -> None:
        self.hub = Hub()
        self.readers = ThreadPoolExecutor(max_workers=reader_count, thread_name_prefix="live-reader")
        self._workshop = Workshop(render, self.readers)
        # Behind a proxy that shares a host among several, our addresses begin with a path of our own.
        self._prefix = urlsplit(settings.LIVE_URL).path.rstrip("/")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection: a stream, the health check, or 404."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        given = header(scope, origin.HEADER.lower().encode())
        began_at, status = time.monotonic(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with origin.coming_from(request_id=origin.request_id_from(given)):
            await self._answer(scope, receive, send_and_note)
            tell = logger.debug if scope["path"].endswith("/healthz") else logger.info
            seconds = round(time.monotonic() - began_at, 1)
            # Without the query string, which holds the token.
            tell("stream_answered", path=scope["path"], status=status, seconds=seconds)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self._prefix)
        parameters = parse_qs(scope["query_string"].decode("ascii", "replace"))
        token = parameters.get("token", [""])[0]
        if path == "/healthz":
            await answer(send, 200, "ok")
        elif (run := RUN_STREAM.match(path)) and (
            whole_until := run_streams.allowed(UUID(run["run_id"]), token)
        ) is not None:
            await self._run_stream(UUID(run["run_id"]), whole_until, _last_event_id(scope), receive, send)
        elif path == PAGE_STREAM and (opened := read_token(token)):
            await self._page_stream(opened, _position(scope, parameters), receive, send)
        else:
            # A run that does not exist and one that may not be watched look alike.
            await answer(send, 404, "There is no such stream, or its token has expired.")

    async def _run_stream(self, run_id: UUID, whole_until: int, after: int, receive: Receive, send: Send) -> None:
        def follow(watch: Watch, stream: Stream) -> Coroutine[Any, Any, None]:
            return run_streams.follow(run_id, after, whole_until, self.hub, self.readers, watch, stream)

        await self._watched([str(run_id)], follow, receive, send)

    async def _page_stream(self, opened: Pass, position: str, receive: Receive, send: Send) -> None:
        def follow(watch: Watch, stream: Stream) -> Coroutine[Any, Any, None]:
            return page_streams.follow(opened, position, self.hub, self._workshop, watch, stream)

        await self._watched([part.topic for part in opened.page.parts], follow, receive, send)

    async def _watched(
        self,
        topics: list[str],
        follow: Callable[[Watch, Stream], Coroutine[Any, Any, None]],
        receive: Receive,
        send: Send,
    ) -> None:
        watch = self.hub.watch(*dict.fromkeys(topics))
        stream = Stream(receive, send, watch)
        try:
            await follow(watch, stream)
        finally:
            stream.release()
            self.hub.unwatch(watch)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _last_event_id(scope: Message) -> int:
    with contextlib.suppress(ValueError):
        return max(int(header(scope, b"last-event-id")), 0)
    return 0


def _position(scope: Message, parameters: dict[str, list[str]]) -> str:
    """Up to where the page has seen what it is about: as it says itself, or as it was last told."""
    return (header(scope, b"last-event-id") or parameters.get("position", [""])[0])[:LONGEST_POSITION]
