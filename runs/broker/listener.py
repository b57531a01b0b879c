"""Being woken by NOTIFY."""

from __future__ import annotations

import os
import select

import psycopg2
import psycopg2.extensions
from django.db import connection

from runs.broker.messages import CHANNEL

DJANGOS_OWN = ("cursor_factory", "context")


def listening_connection(channel: str, application_name: str) -> psycopg2.extensions.connection:
    """A connection of its own to Django's database, listening to ``channel``. Raises psycopg2's errors."""
    parameters = connection.get_connection_params()
    known = {name: value for name, value in parameters.items() if name not in DJANGOS_OWN}
    listening: psycopg2.extensions.connection = psycopg2.connect(**{**known, "application_name": application_name})
    listening.autocommit = True
    with listening.cursor() as cursor:
        cursor.execute(f"LISTEN {channel}")
    return listening


class Listener:
    """A database connection that only listens to the queue's channel."""

    def __init__(self) -> None:
        self._connection: psycopg2.extensions.connection | None = None
        self._pid = 0

    def listen(self) -> None:
        """Begin to listen, where this process does not yet. Raises psycopg2's errors."""
        # The object is made in one process and used in its forks: a connection belongs to the process that opened it.
        if self._connection and not self._connection.closed and self._pid == os.getpid():
            return
        self._connection = listening_connection(CHANNEL, "agentsite-queue")
        self._pid = os.getpid()

    def wait(self, seconds: float) -> None:
        """Wait for news, which may have come since ``listen``; for so long at most."""
        assert self._connection is not None
        readable, _, _ = select.select([self._connection], [], [], seconds)
        if readable:
            self._connection.poll()
            self._connection.notifies.clear()

    def close(self) -> None:
        if self._connection and self._pid == os.getpid():
            self._connection.close()
        self._connection = None
