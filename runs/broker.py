"""django-q2's way to the queue table: claims without collisions, woken by NOTIFY.

Runs in every cluster's pusher process (``dequeue``), in its monitor (``acknowledge``)
and wherever something is enqueued. Knows messages, not runs: the chores that a
pusher does beside claiming are named by dotted path in ``CHORES``.
"""

from __future__ import annotations

import logging
import os
import select
import time
from collections.abc import Sequence
from datetime import timedelta

import psycopg2
import psycopg2.extensions
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

logger = logging.getLogger(__name__)

CHANNEL = "agentsite_queue"
CHORES: Sequence[str] = ("runs.queue.report_cluster", "runs.lifecycle.rescue")
# The pusher asks between two calls whether it should stop, so one call may not take much longer.
LONGEST_WAIT_SECONDS = 1.0

ENQUEUE = """
    INSERT INTO django_q_ormq (key, payload, lock)
    VALUES (%s, %s, clock_timestamp() + %s * interval '1 second')
    RETURNING id
"""
CLAIM = """
    WITH next AS MATERIALIZED (
        SELECT id FROM django_q_ormq
        WHERE key = %s AND lock <= clock_timestamp()
        ORDER BY lock, id LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE django_q_ormq AS message
    SET lock = clock_timestamp() + %s * interval '1 second'
    FROM next WHERE message.id = next.id
    RETURNING message.id, message.payload
"""


class Broker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """The queue in the ``django_q_ormq`` table, oldest message first.

    ``enqueue`` commits or rolls back with the caller's transaction. ``delay`` puts off
    the delivery of what this instance enqueues.
    """

    def __init__(self, list_key: str | None = None, delay: timedelta = timedelta()) -> None:
        super().__init__(list_key or Conf.CLUSTER_NAME)
        self.delay = delay
        self.last_row: int | None = None
        self._listener: psycopg2.extensions.connection | None = None
        self._listener_pid = 0
        self._chores_done_at = 0.0

    def enqueue(self, task: str) -> int:
        """Add a signed message; whoever listens learns of it when the transaction commits."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                ENQUEUE,
                [self.list_key, task, self.delay.total_seconds()],
            )
            row: int = cursor.fetchone()[0]
            if not self.delay:
                cursor.execute(f"NOTIFY {CHANNEL}")
        self.last_row = row
        return row

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Claim the oldest message that is due, or wait about a second for one."""
        self._do_chores()
        # Listening begins before the look, so that nothing slips in between unheard.
        self._listen()
        claimed = self._claim()
        if not claimed:
            self._wait()
        return claimed

    def acknowledge(self, task_id: int) -> None:
        """Forget a message whose delivery has ended."""
        self.get_connection()
        OrmQ.objects.filter(pk=task_id).delete()

    def _claim(self) -> list[tuple[int, str]]:
        self.get_connection()
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [self.list_key, Conf.BULK, Conf.RETRY])
            claimed: list[tuple[int, str]] = cursor.fetchall()
            return claimed

    def _do_chores(self) -> None:
        now = time.monotonic()
        if now - self._chores_done_at < settings.RESCUE_SECONDS:
            return
        self._chores_done_at = now
        for chore in CHORES:
            try:
                import_string(chore)()
            except Exception:
                # A chore that fails is tried again in a second; the queue must not stop for it.
                logger.exception("%s failed", chore)

    def _listen(self) -> None:
        # The object is made in one process and used in its forks: a connection belongs to the process that opened it.
        if self._listener and not self._listener.closed and self._listener_pid == os.getpid():
            return
        parameters = connection.get_connection_params()
        known = {name: value for name, value in parameters.items() if name not in ("cursor_factory", "context")}
        self._listener = psycopg2.connect(**{**known, "application_name": "agentsite-queue"})
        self._listener_pid = os.getpid()
        self._listener.autocommit = True
        with self._listener.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")

    def _wait(self) -> None:
        assert self._listener is not None
        readable, _, _ = select.select([self._listener], [], [], LONGEST_WAIT_SECONDS)
        if readable:
            self._listener.poll()
            self._listener.notifies.clear()
