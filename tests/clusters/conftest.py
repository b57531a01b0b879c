from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.clusters.clusters import RealCluster, Supervisor, real_clusters


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[..., RealCluster]]:
    """Starts a cluster on the test's database."""
    with real_clusters() as start:
        yield start


@pytest.fixture
def supervise(start: Callable[..., RealCluster]) -> Iterator[Callable[..., Supervisor]]:
    """Starts a cluster and starts it again whenever it ends."""
    supervisors: list[Supervisor] = []

    def begin(**environment: str) -> Supervisor:
        supervisors.append(Supervisor(lambda: start(**environment)))
        return supervisors[-1]

    yield begin
    for supervisor in supervisors:
        supervisor.stop()
