"""Proves that the site keeps its promises, from the database and the catalogs.

``manage.py doctor`` and the operators' status page knock here. Looking changes nothing;
what is repaired is repaired through the verbs of ``runs.lifecycle`` and ``runs.queue``.

- ``findings``: what a check finds, and how it could be repaired
- ``schema``, ``slots``, ``attempts``, ``messages``, ``histories``, ``clocks``, ``installation``, ``webhooks``: the
  checks
- ``examination``: going through all of them, and repairing
- ``figures``, ``suspicions``, ``database``: how busy the site is, which runs to look at, how large the database is
- ``verdict``: all of it in one sentence
"""

from runs.doctor.database import DatabaseFigures
from runs.doctor.examination import CHECKS, CouldNotLook, examine, repair
from runs.doctor.figures import Figures, ShownCluster
from runs.doctor.findings import Finding, Repair, State
from runs.doctor.suspicions import crashed_runs
from runs.doctor.verdict import Verdict

__all__ = [
    "CHECKS",
    "CouldNotLook",
    "DatabaseFigures",
    "Figures",
    "Finding",
    "Repair",
    "ShownCluster",
    "State",
    "Verdict",
    "crashed_runs",
    "examine",
    "repair",
]
