"""The statements on the queue table, ``django_q_ormq``.

A message is due when its ``lock`` lies in the past, by the database's clock. Claiming it
moves the lock into the future: whoever claims it keeps it away from others for so long.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django_q.conf import Conf
from django_q.core_signing import BadSignature, loads
from django_q.signing import PickleSerializer, SignedPackage

CHANNEL = "agentsite_queue"

NEEDED = frozenset({"id", "name", "func", "args", "kwargs"})
"""What a worker of django-q2 looks up in a message without asking whether it is there."""

# Whoever listens is woken by the same statement, when the transaction around it commits; not for what is put off.
ADD = """
    INSERT INTO django_q_ormq (key, payload, lock)
    VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
    RETURNING id, CASE WHEN %s THEN pg_notify(%s, '') END
"""
# MATERIALIZED: the planner may otherwise evaluate the query twice, and lock more rows than it returns.
CLAIM = """
    WITH next AS MATERIALIZED (
        SELECT id FROM django_q_ormq
        WHERE key = %s AND lock <= clock_timestamp()
        ORDER BY lock, id LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    UPDATE django_q_ormq AS message
    SET lock = clock_timestamp() + make_interval(secs => %s)
    FROM next WHERE message.id = next.id
    RETURNING message.id, message.payload
"""
# One statement, hence one commit, also where there is no transaction around it.
FORGET = """
    WITH gone AS (DELETE FROM django_q_ormq WHERE id = %s)
    SELECT pg_notify(%s, '')
"""
KEEP = "UPDATE django_q_ormq SET lock = clock_timestamp() + make_interval(secs => %s) WHERE id = ANY(%s)"
PARK = "UPDATE django_q_ormq SET key = %s WHERE id = %s"


def add(key: str, payload: str, delay: timedelta) -> int:
    """Add a message and wake who listens, once the caller's transaction commits; its id."""
    with connection.cursor() as cursor:
        cursor.execute(ADD, [key, payload, delay.total_seconds(), not delay, CHANNEL])
        row, _ = cursor.fetchone()
    return int(row)


def claim(key: str, hold: timedelta) -> tuple[int, str] | None:
    """The oldest message that is due and that nobody else is claiming, with its id; locked for ``hold``."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [key, hold.total_seconds()])
        message: tuple[int, str] | None = cursor.fetchone()
    return message


def forget(row: int) -> None:
    """Delete a message whose delivery has ended, and wake who waits for a free worker."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [row, CHANNEL])


def keep(rows: Collection[int], hold: timedelta) -> None:
    """Lock claimed messages for another ``hold``; with none at all, they are due again."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [hold.total_seconds(), list(rows)])


def park(key: str, row: int) -> None:
    """Put a message where nobody takes it from, but everybody can see it."""
    with connection.cursor() as cursor:
        cursor.execute(PARK, [parked_key(key), row])


def parked_key(key: str) -> str:
    return f"{key}:parked"


def signed_anew(payload: str) -> str:
    """The message as django-q2 can read it: signed with ``SECRET_KEY`` where a former key still stands under it.

    A signature under a key that is neither is left as it is, to be found at fault.
    """
    for key in settings.SECRET_KEY_FALLBACKS:
        with contextlib.suppress(BadSignature):
            return str(SignedPackage.dumps(loads(payload, key=key, salt=Conf.PREFIX, serializer=PickleSerializer)))
    return payload


def fault(payload: str) -> str:
    """Why a message cannot be delivered; empty where it can.

    django-q2's pusher stops at such a message, and stops again each time it comes back.
    """
    try:
        task = SignedPackage.loads(payload)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if not isinstance(task, dict) or not task.keys() >= NEEDED:
        return "it is no task"
    return ""
