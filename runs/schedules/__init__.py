"""Runs that come back: "run this agent with this input every …".

- ``times``: when a schedule comes round
- ``checks``: whether a run of it would be refused today, and why
- ``keeping``: making one, changing, pausing, resuming, deleting and running it
- ``firing``: triggering what is due, once for each time, however many clusters there are
"""

from runs.schedules.checks import check, check_again
from runs.schedules.firing import fire
from runs.schedules.keeping import MOST, Wish, change, create, delete, own, pause, resume, run_now, troubled
from runs.schedules.times import NotATime, Rhythm, time_zones

__all__ = [
    "MOST",
    "NotATime",
    "Rhythm",
    "Wish",
    "change",
    "check",
    "check_again",
    "create",
    "delete",
    "fire",
    "own",
    "pause",
    "resume",
    "run_now",
    "time_zones",
    "troubled",
]
