"""What a killed worker's attempt has left running is ended; everything else is let be."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from runs import orphans
from runs.places import WORKER_VARIABLE, Place, this_machine
from tests.waiting import wait_until


def place_of(pid: int) -> Place:
    return Place(this_machine(), pid, Path(f"/proc/{pid}/stat").read_text().split()[21])


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a process in a session of its own, marked as started for a worker."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(worker: Place | str | None) -> subprocess.Popen[bytes]:
        mark = {} if worker is None else {WORKER_VARIABLE: str(worker)}
        started.append(subprocess.Popen(["sleep", "60"], env={**os.environ, **mark}, start_new_session=True))
        # Until it has been executed, it has its parent's environment.
        wait_until(lambda: psutil.Process(started[-1].pid).name() == "sleep")
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def dead_worker() -> Place:
    with subprocess.Popen(["sleep", "60"]) as worker:
        place = place_of(worker.pid)
        worker.kill()
    return place


def test_what_a_dead_worker_has_left_is_ended(
    start: Callable[..., subprocess.Popen[bytes]], dead_worker: Place
) -> None:
    left = [start(dead_worker) for _ in range(3)]

    assert orphans.end_orphans() == len(left)

    assert all(process.wait(5) for process in left)
    assert orphans.end_orphans() == 0


def test_what_carries_no_mark_or_a_living_workers_or_another_machines_is_let_be(
    start: Callable[..., subprocess.Popen[bytes]], dead_worker: Place
) -> None:
    elsewhere = Place("another-boot:1", dead_worker.pid, dead_worker.started)
    others = [start(mark) for mark in (None, "", "nonsense", Place.here(), elsewhere)]

    assert orphans.end_orphans() == 0

    assert [process.poll() for process in others] == [None] * len(others)


def test_a_number_that_another_process_has_by_now_does_not_mislead(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    """The worker's number lives, as somebody else's: what it has left is an orphan all the same."""
    here = Place.here()
    left = start(Place(here.machine, here.pid, str(int(here.started) - 1)))

    assert orphans.end_orphans() == 1
    assert left.wait(5)


def test_what_goes_on_starting_processes_is_ended_too(dead_worker: Place) -> None:
    script = "while :; do setsid sleep 60 & sleep 0.005; done"
    environment = {**os.environ, WORKER_VARIABLE: str(dead_worker)}
    with subprocess.Popen(["sh", "-c", script], env=environment, start_new_session=True) as busy:
        wait_until(lambda: psutil.Process(busy.pid).children())

        assert orphans.end_orphans() > 1

    assert list(orphans._orphans()) == []
