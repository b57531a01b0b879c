"""A site in good order, for one thing in it to be spoilt."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # Read before Django is set up.
    from django.test import Client

    from runs.models import Cluster, User


@pytest.fixture(autouse=True)
def cluster(db: None) -> Cluster:
    """A cluster that has just shown a sign of life."""
    from django.conf import settings

    from runs.models import Cluster

    return Cluster.objects.create(id=uuid.uuid4(), host="testhost", pid=1, version=settings.VERSION, worker_count=2)


@pytest.fixture
def page(operator: User) -> Client:
    """An operator's browser."""
    from tests.pages.conftest import signed_in

    return signed_in(operator)
