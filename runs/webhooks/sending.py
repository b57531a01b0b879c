"""One request, and what came back.

To an address that was checked and to no other: nothing is looked up again, no redirect
followed, no proxy used. It ends after ``TOTAL_SECONDS`` whatever the receiver does, and no
more than ``MOST_READ`` bytes of the answer are read.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from runs.connections import BoundedStream, tls
from runs.errors import WebhookRefused
from runs.storable import storable_text
from runs.webhooks.destinations import Destination, Resolver

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
MOST_READ: Final = 4096
LONGEST_EXCERPT: Final = 500
LONGEST_ERROR: Final = 300
BROKEN: Final = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. ``error`` is empty where the receiver said that it knows."""

    error: str
    status: int | None = None
    excerpt: str = ""
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        return not self.error


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    resolve: Resolver | None = None,
    patience: float = TOTAL_SECONDS,
) -> Answer:
    """Send ``body`` to ``url``, in ``patience`` seconds. Never raises for what the receiver or the network does."""
    began_at = time.monotonic()
    try:
        destination = Destination.parse(url)
        addresses = destination.addresses(resolve)
        status, excerpt = _exchange(destination, addresses, body, headers, began_at + patience)
    except WebhookRefused as refusal:
        return Answer(refusal.sentence, seconds=time.monotonic() - began_at)
    except BROKEN as error:
        return Answer(_sentence(error, patience), seconds=time.monotonic() - began_at)
    return Answer(_verdict(status), status, excerpt, time.monotonic() - began_at)


def _exchange(
    destination: Destination, addresses: Sequence[str], body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int, str]:
    backend = _Pinned(addresses, destination.port, deadline)
    with (
        httpcore.ConnectionPool(ssl_context=tls(), max_connections=1, network_backend=backend) as pool,
        pool.stream("POST", destination.url, headers=list(headers.items()), content=body) as response,
    ):
        return response.status, _excerpt(response)


def _excerpt(response: httpcore.Response) -> str:
    read = bytearray()
    try:
        for piece in response.iter_stream():
            read += piece
            if len(read) >= MOST_READ:
                break
    except BROKEN:
        # The status has been said; what broke off is only what we would have shown.
        pass
    return storable_text(bytes(read[:MOST_READ]).decode("utf-8", "replace").strip(), LONGEST_EXCERPT)


def _verdict(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"The receiver redirected ({status}); redirects are not followed. Give the address it redirects to."
    return f"The receiver answered {status}."


def _sentence(error: Exception, patience: float) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        text = f"The receiver's certificate is not accepted: {cause.verify_message}."
    elif isinstance(error, httpcore.ConnectTimeout):
        text = f"No connection within {CONNECT_SECONDS:.0f} s."
    elif isinstance(error, httpcore.TimeoutException):
        text = f"No answer within {patience:g} s."
    elif isinstance(error, httpcore.ConnectError):
        text = f"No connection: {_reason(error)}."
    else:
        text = f"The connection broke off: {_reason(error)}."
    return storable_text(text, LONGEST_ERROR)


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


class _Pinned(httpcore.NetworkBackend):
    """Connects to the given addresses and port, whatever the request is for."""

    def __init__(self, addresses: Sequence[str], port: int, deadline: float) -> None:
        self._addresses = addresses
        self._port = port
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """The first connection that one of the addresses takes."""
        until = min(time.monotonic() + CONNECT_SECONDS, self._deadline)
        failed: Exception = httpcore.ConnectTimeout()
        for address in self._addresses:
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return BoundedStream(
                    httpcore.SyncBackend().connect_tcp(address, self._port, timeout=left), self._deadline
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed
