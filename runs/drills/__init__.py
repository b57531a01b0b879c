"""Kills parts of the site on purpose and measures how long it takes to recover.

``manage.py drill`` knocks here. Everything is done with harmless rehearsal runs of a
user of the drill's own, and only to processes of this installation's clusters on this
host, which are found from what the database says about those runs.

- ``faults``: what can be done to the site, and how quickly it has to recover
- ``rehearsals``: the drill's user and runs
- ``crews``: the processes around one of these runs
- ``waiting``: asking until something is so, within the time there is
- ``measuring``: one fault each
- ``drill``: all of them in turn, kept
"""

from runs.drills.drill import Options, drill, refuse_if_unwise
from runs.drills.faults import FAULTS, Outcome, Result

__all__ = ["FAULTS", "Options", "Outcome", "Result", "drill", "refuse_if_unwise"]
