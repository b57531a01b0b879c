"""A process that has been killed is not taken for one that lives, however long it takes to end."""

from __future__ import annotations

import os
import signal

import psutil

from runs.broker.processes import is_alive
from tests.broker.dealing import dead_process, victim
from tests.waiting import wait_until


def test_one_that_has_been_killed_does_not_live_from_that_instant() -> None:
    for _ in range(50):
        with victim() as process:
            assert is_alive(process.pid)
            os.kill(process.pid, signal.SIGKILL)
            assert not is_alive(process.pid)


def test_one_that_was_killed_while_it_was_stopped_does_not_live() -> None:
    with victim() as process:
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
        assert is_alive(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        assert not is_alive(process.pid)


def test_one_that_has_ended_does_not_live() -> None:
    assert not is_alive(dead_process())
