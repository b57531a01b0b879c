"""How long a run has been running, held against how long its agent usually takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from runs.models import AgentRun
from runs.usual import UsualTime, usual_times

WIDTH: Final = 1000
"""Of the bar, in its own units: it is drawn as wide as there is room."""
ROOM: Final = 1.3
"""How far the bar reaches beyond the slow time."""
NOTICEABLE: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """``ran`` of a run, which goes on where ``since`` is given, against ``usual`` where that is known."""

    ran: timedelta
    usual: UsualTime | None
    since: datetime | None

    @property
    def is_slow(self) -> bool:
        """Whether nine of ten runs took less, by more than nobody would notice."""
        return self.usual is not None and self.ran > self.usual.slow + NOTICEABLE

    @property
    def whole(self) -> timedelta:
        """What the whole bar stands for."""
        slow = self.usual.slow if self.usual else timedelta()
        return max(slow * ROOM, self.ran * 1.05, timedelta(seconds=1))

    @property
    def whole_seconds(self) -> float:
        return self.whole.total_seconds()

    @property
    def slow_seconds(self) -> float:
        """From when on the run counts as slow."""
        return (self.usual.slow + NOTICEABLE).total_seconds() if self.usual else 0.0

    @property
    def ran_width(self) -> int:
        return self._place(self.ran)

    @property
    def median_at(self) -> int:
        return self._place(self.usual.median) if self.usual else 0

    @property
    def slow_at(self) -> int:
        return self._place(self.usual.slow) if self.usual else 0

    @property
    def slow_width(self) -> int:
        """From the slow time to the end of the bar."""
        return WIDTH - self.slow_at

    def _place(self, span: timedelta) -> int:
        return min(round(WIDTH * (span / self.whole)), WIDTH)


def pace_of(run: AgentRun, usual: Mapping[str, UsualTime] | None = None) -> Pace | None:
    """The pace of a run's last attempt; None before the first. ``usual`` is for who knows that already."""
    ran = run.ran
    if ran is None:
        return None
    since = None if run.is_final else run.started_at
    return Pace(ran, (usual_times([run.agent]) if usual is None else usual).get(run.agent), since)
