"""gunicorn's ``gthread`` worker, which would let a handful of slow clients hold all of its threads.

A thread takes a connection only once something has come on it, and must have the request's
head within ``SLOW_CLIENT_SECONDS`` and its body at ``SLOWEST_BYTES_A_SECOND``. Whoever is
slower than that is cut off. A proxy that buffers requests does the same, and makes this one idle.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from agentsite import settings

SLOWEST_BYTES_A_SECOND = 10_000


class WebWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types.
    """Built on the seams of gunicorn 27: ``tests/test_slow_clients.py`` tells when they have moved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadlines: dict[Any, float] = {}
        """When each connection that a thread reads from must have sent all of its request."""
        self._thread = threading.local()

    def enqueue_req(self, conn: Any) -> None:
        """Have a thread serve the connection; one on which nothing has come yet waits without."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + settings.SLOW_CLIENT_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Any) -> Any:
        """Serve one request, in a thread."""
        self._thread.conn = conn
        self._deadlines[conn] = time.monotonic() + settings.SLOW_CLIENT_SECONDS
        try:
            return super().handle(conn)
        finally:
            del self._deadlines[conn]

    def allow_body(self, length: int) -> None:
        """Give the request of this thread, whose head has come, the time for a body of so many bytes."""
        seconds = settings.SLOW_CLIENT_SECONDS + length / SLOWEST_BYTES_A_SECOND
        self._deadlines[self._thread.conn] = time.monotonic() + seconds

    def murder_pending(self) -> None:
        """Every second: cut off who has not sent anything, or not all of it.

        The thread that reads then comes to the end of the request. One that has read it
        all notices nothing but that its connection takes no second request.
        """
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self._deadlines.items()):
            if deadline < now:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)
