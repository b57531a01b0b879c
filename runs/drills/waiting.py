"""Asking until something is so, within the time there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from runs.errors import UserLocked

T = TypeVar("T")

ASK_EVERY_SECONDS = 0.01
DATABASE_AWAY = (OperationalError, InterfaceError, UserLocked)


class Deadline:
    """When a drill has to be over, whatever happens."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(self._at - time.monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        return self.left == 0.0

    def ask(self, fact: Callable[[], T | None], seconds: float) -> T | None:
        """Ask until ``fact`` answers something, for so long at most and never beyond the deadline.

        A database that does not answer is asked again. None when the time is over.
        """
        end = time.monotonic() + min(seconds, self.left)
        while True:
            try:
                found = fact()
            except DATABASE_AWAY:
                connection.close()
                found = None
            if found or time.monotonic() >= end:
                return found
            time.sleep(ASK_EVERY_SECONDS)

    def seconds_until(self, fact: Callable[[], object], since: float, seconds: float) -> float | None:
        """How long after ``since``, a moment of the monotonic clock, ``fact`` was so; None if it was not in time."""
        return time.monotonic() - since if self.ask(fact, seconds) else None
