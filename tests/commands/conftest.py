"""Running commands as somebody at a terminal, or a script, would."""

from __future__ import annotations

import uuid

import pytest


@pytest.fixture
def listening(db: None) -> None:
    """A cluster that has just shown a sign of life."""
    from runs.models import Cluster

    Cluster.objects.create(id=uuid.uuid4(), host="testhost", pid=1, version="1", worker_count=2)
