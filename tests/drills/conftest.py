"""A site in which a drill could be held."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # Read before Django is set up.
    from runs.models import Cluster


@pytest.fixture
def cluster(db: None) -> Cluster:
    """A cluster that has just shown a sign of life, and whose processes are nowhere."""
    from runs.models import Cluster

    return Cluster.objects.create(id=uuid.uuid4(), host="testhost", pid=1, version="1", worker_count=2)
