"""When a schedule comes round: five fields of cron, read by the clocks of one place.

Where the clocks are put forward, what was to be at a time that does not exist comes right
after; where they are put back, what was to be at a time that comes twice comes at the first.
What comes every hour, or several times an hour whatever the hour, keeps its distance in real
time. So does Debian's cron, which ``cronsim`` follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

FIELDS: Final = ("minute", "hour", "day-of-month", "month", "day-of-week")
RANGES: Final = {
    "minute": "The minute must be 0 to 59",
    "hour": "The hour must be 0 to 23",
    "day-of-month": "The day of the month must be one that the months have: 1 to 31, or L for the last",
    "month": "The month must be 1 to 12, or JAN to DEC",
    "day-of-week": "The day of the week must be 0 to 7, or MON to SUN",
}
LONGEST_CRON: Final = 100
LOOKED_AT: Final = 130
"""Times that are looked at for the shortest time between two: those of two whole hours."""


class NotATime(ValueError):
    """What was given names no times. ``field`` is ``cron`` or ``time_zone``; the text is a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones, as Europe/Berlin."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A cron expression and the place whose clocks it is about."""

    cron: str
    time_zone: str

    @classmethod
    def parse(cls, cron: str, time_zone: str) -> Rhythm:
        """Read both. Raises ``NotATime``."""
        return cls(_cron(cron), _zone(time_zone))

    def after(self, moment: datetime) -> datetime | None:
        """The first time after ``moment``, in UTC; None where there is none in fifty years."""
        for local in CronSim(self.cron, moment.astimezone(ZoneInfo(self.time_zone))):
            # In an hour that comes twice, the first of the two can lie before a moment in the second.
            if (at := local.astimezone(UTC)) > moment:
                return at
        return None

    def following(self, moment: datetime, count: int) -> list[datetime]:
        """The next ``count`` times after ``moment``."""
        found: list[datetime] = []
        while len(found) < count and (following := self.after(found[-1] if found else moment)):
            found.append(following)
        return found

    def missed(self, due: datetime, now: datetime, most: int = 1000) -> int:
        """How many times have gone by since ``due``, up to ``now``; counted to ``most``."""
        count = 0
        while count < most and (following := self.after(due)) and following <= now:
            due, count = following, count + 1
        return count

    def shortest(self, moment: datetime) -> timedelta:
        """The shortest time between two of the next times."""
        local = CronSim(self.cron, moment.astimezone(ZoneInfo(self.time_zone)))
        times = [each.astimezone(UTC) for each in islice(local, LOOKED_AT)]
        return min((later - earlier for earlier, later in pairwise(times)), default=timedelta.max)

    @property
    def words(self) -> str:
        """In plain language: ``At 09:00 on Monday through Friday``."""
        return CronSim(self.cron, datetime.now(UTC)).explain()


def _cron(given: str) -> str:
    cron = " ".join(given.split()).upper()
    if not cron:
        raise NotATime("cron", "Please say when.")
    if len(cron) > LONGEST_CRON or len(cron.split()) != len(FIELDS):
        raise NotATime("cron", "Please give five fields: minute, hour, day of month, month, day of week.")
    try:
        CronSim(cron, datetime.now(UTC))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise NotATime("cron", f"{RANGES.get(field, 'This is not understood')}.") from None
    return cron


def _zone(given: str) -> str:
    zone = given.strip()
    if zone not in time_zones():
        raise NotATime("time_zone", "Please give a time zone by its name, as Europe/Berlin or UTC.")
    return zone
