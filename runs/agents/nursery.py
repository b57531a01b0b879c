"""Preloaded into the forkserver from which attempts' processes are forked.

Importing this is an act: it ties the process to its parent and to what attempts leave
behind. Import it nowhere else.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import warnings

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, whatever it is doing then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def inherit_orphans() -> None:
    """Become the parent of what an attempt leaves running, so that its supervisor can find and end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    # The forkserver reaps such orphans, and would warn of each.
    warnings.filterwarnings("ignore", message="forkserver: waitpid returned unexpected pid")


die_with_parent()
inherit_orphans()
# A SIGTERM to a whole group is the supervisor's to answer; an attempt's own process makes its own arrangement.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.register_at_fork(after_in_child=die_with_parent)

# Loaded once here, so that every attempt has them at once.
from runs import agents  # noqa: E402
from runs.agents import child  # noqa: E402, F401
from runs.documents import docx, html, pdf, picture_files  # noqa: E402, F401

len(agents.AGENTS)  # Packages are looked at when an agent is first asked for.
