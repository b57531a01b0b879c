"""Waiting for the database, in few words."""

from __future__ import annotations

import time

import psycopg2
import structlog
from django.db import InterfaceError, OperationalError

logger = structlog.stdlib.get_logger(__name__)

# Django's where its connection was used, psycopg2's where the listener's was.
DATABASE_ERRORS = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
PAUSE_SECONDS = 0.5


class Outage:
    """Says once that the database is away, and once that it is back, however often it was tried."""

    def __init__(self) -> None:
        self._began_at: float | None = None

    @property
    def is_on(self) -> bool:
        return self._began_at is not None

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return 0.0 if self._began_at is None else time.monotonic() - self._began_at

    def note(self, error: Exception) -> None:
        """A try has failed."""
        if self._began_at is None:
            self._began_at = time.monotonic()
            logger.warning("database_away", reason=_first_line(error))

    def over(self) -> None:
        """A try has succeeded."""
        if self._began_at is not None:
            logger.warning("database_back", seconds=round(self.seconds, 1))
            self._began_at = None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
