"""A cluster that this process belongs to, and its broker.

Modules are imported where they are used: pytest reads this file before Django is set up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from runs.broker import Broker
    from runs.broker.cluster import RunningCluster


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> RunningCluster:
    """A cluster of three workers that this process belongs to."""
    from django_q.conf import Conf

    from runs.broker import cluster

    monkeypatch.setattr(Conf, "WORKERS", 3)
    made = cluster.RunningCluster(main_pid=os.getppid())
    monkeypatch.setattr(cluster, "_here", made)
    return made


@pytest.fixture
def broker(here: RunningCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    from runs.broker import Broker
    from runs.broker import broker as module

    monkeypatch.setattr(module, "CHORES", ())
    made = Broker()
    yield made
    made._listener.close()
