"""Event streams as bytes, over ASGI."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from runs import origin
from runs.live.hub import Watch

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

COMMENT_EVERY_SECONDS: Final = 15.0
"""Keeps proxies from cutting a quiet stream, and notices a reader who has left."""


class Stream:
    """The server's side of one event stream; leaving it wakes ``watch``."""

    def __init__(self, receive: Receive, send: Send, watch: Watch) -> None:
        self.is_gone = False
        self.is_revoked = False
        """Whether its viewer has lost the right to it: it is to end."""
        self._receive = receive
        self._send = send
        self._watch = watch
        self._leaving = asyncio.create_task(self._notice_leaving())

    async def open(self) -> None:
        """Begin the answer, to be read by the site's own pages, and by programs."""
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"private, no-cache"),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"x-accel-buffering", b"no"),
            *_allowed_origin(),
            _request_id(),
        ]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def say(self, message: bytes) -> None:
        await self._send({"type": "http.response.body", "body": message, "more_body": True})

    async def close(self) -> None:
        """End the answer as it should end, so that the reader knows that nothing was cut."""
        await self._send({"type": "http.response.body", "body": b""})

    def revoke(self) -> None:
        """Have it end: its viewer may not watch any more."""
        self.is_revoked = True
        self._watch.wake()

    def release(self) -> None:
        """Stop waiting for the reader to leave."""
        self._leaving.cancel()

    async def _notice_leaving(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self._watch.wake()


def event(kind: str, data: str, event_id: str | int | None = None) -> bytes:
    """One event. ``data`` may have lines; carriage returns become line feeds."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fields = [*([f"id: {event_id}"] if event_id is not None else []), f"event: {kind}", *(f"data: {x}" for x in lines)]
    return ("\n".join(fields) + "\n\n").encode()


def comment(text: str) -> bytes:
    return f": {text}\n\n".encode()


def retry() -> bytes:
    """When to come back after a cut: not all at once."""
    return f"retry: {random.randint(500, 2000)}\n\n".encode()  # nosec B311


async def answer(send: Send, status: int, text: str) -> None:
    """Say ``text``, and no more."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        _request_id(),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


def _allowed_origin() -> list[tuple[bytes, bytes]]:
    """No other site's pages read a stream; our own need to be named where streams have an origin of their own."""
    pages, streams = _origin(settings.PUBLIC_URL), _origin(settings.LIVE_URL)
    return [] if pages == streams else [(b"access-control-allow-origin", pages.encode())]


def _origin(url: str) -> str:
    """As a browser writes it: without the port that the scheme has anyway."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _request_id() -> tuple[bytes, bytes]:
    return origin.HEADER.lower().encode(), origin.here().request_id.encode()


def header(scope: Message, name: bytes) -> str:
    """A header of the request; empty where it is not there."""
    found: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return found.decode("ascii", "replace")
