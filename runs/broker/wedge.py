"""Noticing that no worker takes what it is offered."""

from __future__ import annotations

from collections.abc import Collection

LONGEST_STEP_SECONDS = 2.0


class WedgeWatch:
    """Adds up for how long a message has been lying before free workers.

    A worker killed while it waits for work holds the queue's lock for ever, and all others
    wait behind it; a sentinel that hangs replaces no worker. Both show in this alone. Only
    the time between two looks counts, and a long gap counts little: a machine that slept,
    or a cluster that was stopped and continued, is not wedged.
    """

    def __init__(self, patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        self._waited: dict[int, float] = {}
        self._looked_at: float | None = None

    def is_wedged(self, untaken: Collection[int], now: float) -> bool:
        """Look, at ``now`` of a monotonic clock, at the messages that nobody has taken."""
        step = 0.0 if self._looked_at is None else min(now - self._looked_at, LONGEST_STEP_SECONDS)
        self._looked_at = now
        # What was not there at the last look has waited for less than the step: it begins at nothing.
        self._waited = {row: self._waited[row] + step if row in self._waited else 0.0 for row in untaken}
        return any(waited >= self.patience_seconds for waited in self._waited.values())
