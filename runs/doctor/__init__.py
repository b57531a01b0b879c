"""Proves that the site keeps its promises, from the database and the catalogs.

``manage.py doctor`` and the operators' status page knock here. Looking changes nothing;
what is repaired is repaired through the verbs of ``runs.lifecycle`` and ``runs.queue``.

- ``findings``: what a check finds, and how it could be repaired
- ``schema``, ``slots``, ``attempts``, ``messages``, ``histories``, ``clocks``, ``installation``: the checks
- ``examination``: going through all of them, and repairing
- ``figures``: how busy the site is
"""

from runs.doctor.examination import CHECKS, CouldNotLook, examine, repair
from runs.doctor.figures import Figures, ShownCluster
from runs.doctor.findings import Finding, Repair, State

__all__ = ["CHECKS", "CouldNotLook", "Figures", "Finding", "Repair", "ShownCluster", "State", "examine", "repair"]
