"""A process is told apart from every other, and seen to have ended."""

from __future__ import annotations

import resource
import subprocess

import pytest

from runs.places import Place, _stat, this_machine


def place_of(pid: int) -> Place:
    fields = _stat(pid)
    assert fields is not None
    return Place(this_machine(), pid, fields[19])


def test_this_process_is_here_and_alive() -> None:
    place = Place.parse(str(Place.here()))

    assert place == Place.here()
    assert place.is_here
    assert place.is_alive


def test_an_ended_process_is_not_alive_also_before_it_is_reaped() -> None:
    with subprocess.Popen(["true"]) as process:
        place = place_of(process.pid)
        while _stat(process.pid) is not None and place.is_alive:
            pass
        assert not place.is_alive, "a zombie does nothing any more"
    assert not place.is_alive


def test_another_process_with_the_same_number_is_another_place() -> None:
    here = Place.here()

    assert not Place(here.machine, here.pid, str(int(here.started) + 1)).is_alive


def test_another_machine_is_elsewhere() -> None:
    assert not Place("boot:4026531836", 1, "1").is_here
    assert not Place("", 1, "1").is_here


@pytest.mark.parametrize("text", ["", "nonsense", "/5@1", "machine/x@1", "host:12"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert Place.parse(text) is None


def test_what_cannot_be_looked_at_is_taken_for_living() -> None:
    """With no file left to open everybody would seem dead, and lose what they carry out."""
    here = Place.here()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        assert here.is_alive
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
