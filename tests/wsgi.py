"""The site as a server calls it, without what Django's test client adds to requests and keeps from them."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from agentsite.wsgi import application

UNPREFIXED = ("CONTENT_TYPE", "CONTENT_LENGTH")


def whole(environ: Any, start_response: Any) -> Iterable[bytes]:
    """The site, with each answer read to its end and closed."""
    response = application(environ, start_response)
    try:
        return [b"".join(response)]
    finally:
        response.close()


def call(method: str, path: str, query: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send a request, however odd it is; the status and the body of the answer. ``path`` is quoted."""
    names = {name: name.upper().replace("-", "_") for name in headers}
    sent = {key if key in UNPREFIXED else f"HTTP_{key}": headers[name] for name, key in names.items()}
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **sent,
    }
    answered: list[str] = []
    content = b"".join(whole(environ, lambda status, headers, exc_info=None: answered.append(status)))
    return int(answered[-1].split(" ")[0]), content


@contextmanager
def one_connection() -> Iterator[None]:
    """The end of a request does not close the test's transaction, as under Django's own test client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)
