"""Every change a run can undergo.

Each verb checks where the run stands, moves it, and writes the event that says so, in
one transaction. Nothing outside this package assigns ``AgentRun.status`` or locks a row.

- ``triggers``: asking for a run, and asking again
- ``continuing``: whether there is a rest of one to be asked for
- ``attempts``: what the worker that has it may do
- ``parts``: what an attempt has finished, kept in case the run does not come to its end
- ``failures``: what becomes of an attempt that failed, was lost or was interrupted
- ``stops``: cancel and force stop
- ``adoptions``: taking over a result that came too late
- ``openings``: letting an operator see what is in somebody else's run
- ``rescues``: ending what nobody else will end
- ``slots``: which run holds which of its user's places, and who comes next
- ``outbox``: what an event leaves for webhooks
- ``transitions``: the lock, the conditional write and the event that all of them share

Locks are taken in one order: the user's row, then the run's. The user's row orders
everything that gives or frees a slot; the constraints on the table hold the same
promise should this package be wrong. Whether a user is busy is read from the runs,
never counted on the side.
"""

from runs.lifecycle.adoptions import adopt
from runs.lifecycle.attempts import (
    Attempt,
    Line,
    complete,
    heartbeat,
    is_cancel_requested,
    progress,
    start,
    stopped,
)
from runs.lifecycle.failures import fail, hand_back
from runs.lifecycle.openings import open_content
from runs.lifecycle.parts import Tally, keep, kept_of
from runs.lifecycle.rescues import rescue
from runs.lifecycle.spending import spend
from runs.lifecycle.stops import cancel, force_stop
from runs.lifecycle.transitions import CHANNEL
from runs.lifecycle.triggers import OnConflict, continue_run, rerun, trigger

__all__ = [
    "CHANNEL",
    "Attempt",
    "Line",
    "OnConflict",
    "Tally",
    "adopt",
    "cancel",
    "complete",
    "continue_run",
    "fail",
    "force_stop",
    "hand_back",
    "heartbeat",
    "is_cancel_requested",
    "keep",
    "kept_of",
    "open_content",
    "progress",
    "rerun",
    "rescue",
    "spend",
    "start",
    "stopped",
    "trigger",
]
