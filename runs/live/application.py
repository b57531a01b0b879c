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
from runs.live.rights import Doors, Guard, Right
from runs.live.run_streams import RunPass
from runs.live.wire import Message, Receive, Send, Stream, answer, header

logger = structlog.stdlib.get_logger(__name__)

RUN_STREAM: Final = re.compile(r"^/runs/(?P<run_id>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})/stream$")
PAGE_STREAM: Final = "/pages/stream"
LONGEST_POSITION: Final = 400
NO_SUCH_STREAM: Final = "There is no such stream, or its token has expired."
READERS: Final = 2
"""Connections that read for all streams together."""


class Application:
    """All streams of one process.

    ``render`` makes the parts of pages, and ``doors`` says who may watch, in one of ``reader_count`` threads.
    """

    def __init__(self, render: Render, doors: Doors, reader_count: int = READERS) -> None:
        self.hub = Hub()
        self.readers = ThreadPoolExecutor(max_workers=reader_count, thread_name_prefix="live-reader")
        self._workshop = Workshop(render, self.readers)
        self._guard = Guard(doors, self.readers)
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
        elif (run := RUN_STREAM.match(path)) and (given := run_streams.allowed(UUID(run["run_id"]), token)):
            if await self._admits(given.right, send):
                await self._run_stream(UUID(run["run_id"]), given, _last_event_id(scope), receive, send)
        elif path == PAGE_STREAM and (opened := read_token(token)):
            if await self._admits(opened.right, send):
                await self._page_stream(opened, _position(scope, parameters), receive, send)
        else:
            await answer(send, 404, NO_SUCH_STREAM)

    async def _admits(self, right: Right, send: Send) -> bool:
        """Whether who holds the token may watch at this moment; otherwise they have been answered."""
        try:
            is_admitted = await self._guard.admits(right)
        except Exception:
            logger.warning("rights_not_read", exc_info=True)
            await answer(send, 503, "Whether you may watch could not be found out. Try again in a moment.")
            return False
        if not is_admitted:
            # A run that does not exist and one that may not be watched look alike.
            await answer(send, 404, NO_SUCH_STREAM)
        return is_admitted

    async def _run_stream(self, run_id: UUID, given: RunPass, after: int, receive: Receive, send: Send) -> None:
        def follow(watch: Watch, stream: Stream) -> Coroutine[Any, Any, None]:
            return run_streams.follow(run_id, after, given.whole_until, self.hub, self.readers, watch, stream)

        await self._watched(given.right, [str(run_id)], follow, receive, send)

    async def _page_stream(self, opened: Pass, position: str, receive: Receive, send: Send) -> None:
        viewer_id, is_of_team = opened.page.viewer_id, opened.page.shows == "team"
        mates = [str(each) for each in await self._guard.team_mates_of(viewer_id)] if is_of_team else []

        def follow(watch: Watch, stream: Stream) -> Coroutine[Any, Any, None]:
            return page_streams.follow(opened, mates, position, self.hub, self._workshop, watch, stream)

        topics = [*(part.topic for part in opened.page.parts), *mates]
        await self._watched(opened.right, topics, follow, receive, send)

    async def close(self) -> None:
        """Stop listening and checking."""
        await self._guard.close()
        await self.hub.close()

    async def _watched(
        self,
        right: Right,
        topics: list[str],
        follow: Callable[[Watch, Stream], Coroutine[Any, Any, None]],
        receive: Receive,
        send: Send,
    ) -> None:
        watch = self.hub.watch(*dict.fromkeys(topics))
        stream = Stream(receive, send, watch)
        self._guard.enter(stream, right)
        try:
            await follow(watch, stream)
        finally:
            self._guard.leave(stream)
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
