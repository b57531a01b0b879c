"""Pushing changes of a run to whoever watches it: event streams as a raw ASGI application.

A stream holds no thread and no database connection. One connection per process listens
for notifications; a change is read once and handed to all who watch the run. A stream begins
with the rows (from ``Last-Event-ID`` on), follows the notifications, and reads the rows
again after any gap, so that nothing depends on a notification having arrived.

    event: run      data: {"status": …, "progress": …, "step": …, "is_stopping": …, …}
    event: history  data: [{"id": …, "kind": …, "at": …, "message": …, "data": …}, …]   (id: the last one's)
    event: end      data: {}                    then the stream is over
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import psycopg2
import psycopg2.extensions
from django.conf import settings
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from runs.broker.listener import listening_connection
from runs.lifecycle import CHANNEL
from runs.models import AgentRun, RunEvent

logger = logging.getLogger(__name__)

SALT = "runs.live"
TOKEN_LASTS_SECONDS = 3600
COMMENT_EVERY_SECONDS = 15.0
# Changes that come closer together than this are sent as one.
BREATH_SECONDS = 0.1
MOST_EVENTS_AT_ONCE = 500
STREAM_PATH = re.compile(r"^/runs/(?P<run_id>[0-9a-f-]{36})/stream$")

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


def stream_url(run: AgentRun) -> str:
    """Where ``run`` can be watched, with a token that opens this one stream for an hour."""
    token = signing.TimestampSigner(salt=SALT).sign(str(run.pk))
    return f"{settings.LIVE_URL}/runs/{run.pk}/stream?token={token}"


def is_allowed(run_id: UUID, token: str) -> bool:
    """Whether ``token`` was given out for watching this run, and lately."""
    try:
        return signing.TimestampSigner(salt=SALT).unsign(token, max_age=TOKEN_LASTS_SECONDS) == str(run_id)
    except signing.BadSignature:
        return False


class Hub:
    """One listening connection, fanned out to everybody who watches."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: psycopg2.extensions.connection | None = None
        self._keeping: asyncio.Task[None] | None = None

    def watch(self, run_id: UUID) -> asyncio.Event:
        """An event that is set whenever the run has, or may have, changed."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_listening())
        changed = asyncio.Event()
        self._watchers[str(run_id)].add(changed)
        return changed

    def unwatch(self, run_id: UUID, changed: asyncio.Event) -> None:
        """Forget a watcher."""
        self._watchers[str(run_id)].discard(changed)
        if not self._watchers[str(run_id)]:
            del self._watchers[str(run_id)]

    async def _keep_listening(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                self._listener = await asyncio.to_thread(listening_connection, CHANNEL, "agentsite-live")
            except psycopg2.Error:
                logger.warning("the database is away; streams wait for it")
                await asyncio.sleep(1)
                continue
            # What changed while nobody listened is not announced again.
            self._tell_everybody()
            lost, descriptor = asyncio.Event(), self._listener.fileno()
            loop.add_reader(descriptor, self._hear, lost)
            await lost.wait()
            # Before closing: the number may belong to another connection a moment later.
            loop.remove_reader(descriptor)
            self._listener.close()

    def _hear(self, lost: asyncio.Event) -> None:
        assert self._listener is not None
        try:
            self._listener.poll()
        except psycopg2.Error:
            lost.set()
            return
        for notification in self._listener.notifies:
            run_id = notification.payload.partition(" ")[0]
            for changed in self._watchers.get(run_id, ()):
                changed.set()
        self._listener.notifies.clear()

    def _tell_everybody(self) -> None:
        for watchers in self._watchers.values():
            for changed in watchers:
                changed.set()


@dataclass(frozen=True, slots=True)
class Look:
    """A run as it stands, and what has happened since a cursor. ``run`` is None where there is none."""

    run: dict[str, Any] | None
    history: list[dict[str, Any]]
    is_final: bool


def look(run_id: UUID, after: int) -> Look:
    """Read a run and its events beyond ``after``, in the thread that calls."""
    try:
        run = AgentRun.objects.only(*SHOWN, "cancel_requested_at").filter(pk=run_id).first()
        if run is None:
            return Look(None, [], True)
        events = RunEvent.objects.filter(run_id=run_id, id__gt=after).values(*TOLD)[:MOST_EVENTS_AT_ONCE]
        shown = {name: getattr(run, name) for name in SHOWN} | {"is_stopping": run.is_stopping}
        return Look(shown, list(events), run.is_final)
    finally:
        connections["default"].close_if_unusable_or_obsolete()


SHOWN = ("status", "progress", "step", "attempt", "started_at", "completed_at", "summary", "error")
TOLD = ("id", "kind", "at", "attempt", "message", "data")

hub = Hub()
# Two connections read for all streams together.
readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live-reader")


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one connection: a stream, the health check, or 404."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    if scope["path"] == "/healthz":
        await _answer(send, 200, "ok")
        return
    match = STREAM_PATH.match(scope["path"])
    run_id = UUID(match["run_id"]) if match else None
    token = parse_qs(scope["query_string"].decode("ascii", "replace")).get("token", [""])[0]
    if run_id is None or not is_allowed(run_id, token):
        # A run that does not exist and one that may not be watched look alike.
        await _answer(send, 404, "There is no such stream, or its token has expired.")
        return
    await _stream(run_id, _last_event_id(scope), receive, send)


async def _stream(run_id: UUID, after: int, receive: Receive, send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
        (b"access-control-allow-origin", settings.PUBLIC_URL.encode()),
    ]
    changed = hub.watch(run_id)
    gone = asyncio.create_task(_wait_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _follow(run_id, after, changed, gone, send)
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        hub.unwatch(run_id, changed)


async def _follow(run_id: UUID, after: int, changed: asyncio.Event, gone: asyncio.Task[None], send: Send) -> None:
    loop, last = asyncio.get_running_loop(), None
    while not gone.done():
        changed.clear()
        try:
            seen = await loop.run_in_executor(readers, look, run_id, after)
        except Exception:
            logger.warning("run %s could not be read; trying again", run_id)
            await asyncio.sleep(1)
            continue
        if seen.history:
            after = seen.history[-1]["id"]
            await _say(send, "history", seen.history, after)
        if seen.run != last:
            last = seen.run
            await _say(send, "run", seen.run)
        if len(seen.history) == MOST_EVENTS_AT_ONCE:
            continue
        if seen.is_final:
            await _say(send, "end", {})
            return
        await _wait_for_change(changed, gone, send)


async def _wait_for_change(changed: asyncio.Event, gone: asyncio.Task[None], send: Send) -> None:
    change = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait({change, gone}, timeout=COMMENT_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not changed.is_set() and not gone.done():
            # Keeps proxies from cutting a quiet stream, and notices a reader who has left.
            await send({"type": "http.response.body", "body": b": still here\n\n", "more_body": True})
    finally:
        change.cancel()
    await asyncio.sleep(BREATH_SECONDS)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, event: str, data: Any, event_id: int | None = None) -> None:
    lines = [f"event: {event}", f"data: {json.dumps(data, cls=DjangoJSONEncoder)}"]
    if event_id is not None:
        lines.insert(0, f"id: {event_id}")
    await send({"type": "http.response.body", "body": ("\n".join(lines) + "\n\n").encode(), "more_body": True})


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _last_event_id(scope: Message) -> int:
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            with contextlib.suppress(ValueError):
                return max(int(value), 0)
    return 0
