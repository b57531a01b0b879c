"""A stop is orderly, and does not last for ever."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from runs.broker.cluster import RunningCluster
from runs.broker.stop import Stop
from tests.broker.dealing import victim
from tests.waiting import wait_until


def test_busy_workers_are_told_and_others_left_alone(here: RunningCluster, settings: Any) -> None:
    with hearing_sigterm() as told:
        here.deliveries.offer(7)
        here.deliveries.offer(8)
        here.deliveries.take(7, os.getpid())

        Stop(here).go_on()

        wait_until(lambda: told)


def test_a_cluster_that_does_not_stop_is_killed(
    here: RunningCluster, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DRAIN_SECONDS = settings.STOP_GRACE_SECONDS = 0
    monkeypatch.setattr("runs.broker.stop.MARGIN_SECONDS", -1)
    with victim() as main:
        here.main_pid = main.pid

        Stop(here).go_on()

        assert main.wait(10) == -signal.SIGKILL


@contextlib.contextmanager
def hearing_sigterm() -> Iterator[list[int]]:
    """Has this process note SIGTERM instead of ending."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        yield heard
    finally:
        signal.signal(signal.SIGTERM, before)
