"""Questions to the database that give up before their reader does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection
from psycopg2.errors import QueryCanceled

from runs.errors import TookTooLong

SENTENCE = "This took too long to find. Narrow it down: by period, agent or status."


@contextmanager
def limited_reads() -> Iterator[None]:
    """Let no statement of the block take longer than ``LIST_PATIENCE_SECONDS``. Raises ``TookTooLong``."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [int(settings.LIST_PATIENCE_SECONDS * 1000)])
        try:
            yield
        except OperationalError as error:
            if isinstance(error.__cause__, QueryCanceled):
                raise TookTooLong(SENTENCE) from error
            raise
        finally:
            # Back to what the connection was opened with.
            cursor.execute("RESET statement_timeout")
