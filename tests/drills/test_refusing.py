"""When no drill is held, and which processes are never touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta

import psutil
import pytest
from django.db.models.functions import Now

from runs.drills import FAULTS, Options, Outcome, drill
from runs.drills.crews import Crew, NotIdentified, alive, kill
from runs.drills.faults import judged
from runs.drills.rehearsals import USERNAME, Rehearsals, drill_user
from runs.drills.waiting import Deadline
from runs.models import AgentRun, Cluster, Drill, Status, User
from runs.places import Place
from tests import acting
from tests.commands.calling import call
from tests.sites import ROOT

CHILD = [sys.executable, "-c", "import sys; sys.stdin.read()"]
GRANDCHILD = "import sys; from runs.places import Place; print(Place.here(), flush=True); sys.stdin.read()"
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is nobody's worker."""
    with subprocess.Popen(CHILD, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def grandchild() -> Iterator[Place]:
    """Where a process lives that the tests' own started through another, as a cluster does its workers."""
    words = [sys.executable, "-c", PARENT, GRANDCHILD]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        place = Place.parse(process.stdout.readline().strip())
        assert place is not None
        yield place
        # At the end of its input the grandchild ends, and so its parent.


def run_with_worker(owner: User, place: str) -> AgentRun:
    run = acting.running(owner)
    AgentRun.objects.filter(pk=run.pk).update(worker_place=place)
    return acting.fresh(run)


# --- The command


@pytest.mark.parametrize("words", [("--faults", "meteor"), ("--faults", ""), ("--timeout", "0")])
def test_nonsense_is_refused(cluster: Cluster, words: tuple[str, ...]) -> None:
    assert call("drill", "--yes", *words).code == 2
    assert not Drill.objects.exists()


def test_nobody_is_drilled_unasked(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nobody:  # noqa: PTH123  A stream, as a script has it.
        monkeypatch.setattr("sys.stdin", nobody)
        said = call("drill")

    assert said.code == 2
    assert "--yes" in said.stderr
    assert not Drill.objects.exists()


@pytest.mark.parametrize("make", [acting.running, acting.pending])
def test_runs_of_others_are_spared(cluster: Cluster, owner: User, make: object) -> None:
    make(owner)  # type: ignore[operator]

    said = call("drill", "--yes")

    assert said.code == 4
    assert "1 run is under way" in said.stderr


def test_two_drills_at_once_are_refused(cluster: Cluster) -> None:
    acting.running(drill_user())

    assert "Another drill is under way" in call("drill", "--yes", "--even-if-busy").stderr


def test_without_a_worker_there_is_nothing_to_drill(db: None) -> None:
    assert "No worker is listening" in call("drill", "--yes").stderr


def test_clusters_are_not_ended_again_and_again(cluster: Cluster) -> None:
    Drill.objects.create(host=socket.gethostname(), version="1", ended_at=Now())

    assert "only just ended" in call("drill", "--yes", "--faults", "main").stderr

    Drill.objects.update(ended_at=Now() - timedelta(minutes=2))
    Drill.objects.create(host="elsewhere", version="1", ended_at=Now())
    assert "only just ended" not in call("drill", "--yes", "--faults", "main", "--timeout", "0.1").stderr


def test_a_name_that_is_somebodys_is_not_taken_over(cluster: Cluster) -> None:
    User.objects.create_user(USERNAME, password="somebody's password")

    said = call("drill", "--yes")

    assert said.code == 4
    assert "somebody's account" in said.stderr


def test_the_drills_user_can_not_sign_in(db: None) -> None:
    assert not drill_user().has_usable_password()
    assert drill_user() == drill_user()


# --- Ending by itself


@pytest.mark.django_db(transaction=True)
def test_a_drill_that_nobody_takes_part_in_ends_in_time_and_leaves_nothing(cluster: Cluster) -> None:
    said = call("drill", "--yes", "--json", "--timeout", "0.5")

    assert said.code == 1
    assert {result["outcome"] for result in said.json["results"]} == {"skipped"}
    assert len(said.json["results"]) == len(FAULTS)
    assert not AgentRun.objects.active().exists()
    kept = Drill.objects.get()
    assert (kept.is_within_budgets, kept.ended_at is not None) == (False, True)
    assert User.objects.get(username=USERNAME).active_run_limit == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_measured_until_ctrl_c_is_kept(cluster: Cluster) -> None:
    said = []

    def interrupt(sentence: str) -> None:
        said.append(sentence)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drill([FAULTS["attempt"]], Options(seconds=0.2), interrupt)

    assert said
    assert Drill.objects.get().ended_at is not None
    assert not AgentRun.objects.active().exists()


def test_runs_of_a_drill_are_ended_by_force_in_the_end(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.drills.rehearsals.END_PATIENCE_SECONDS", 0.1)
    rehearsals = Rehearsals(Deadline(1))
    run = rehearsals.trigger()
    acting.started(run)
    waiting = rehearsals.trigger("wait")

    rehearsals.end_all()

    assert {acting.fresh(run).status, acting.fresh(waiting).status} == {Status.CANCELLED}


# --- Only what has been identified


def test_a_worker_of_another_machine_is_not_here(owner: User) -> None:
    for place in ("", "elsewhere:1/1@1", f"{Place.here().machine}/{os.getpid()}@0"):
        run = run_with_worker(owner, place)
        with pytest.raises(NotIdentified, match="not a process of this host"):
            Crew.of(run)
        AgentRun.objects.all().delete()


def test_a_process_whose_parents_are_no_cluster_is_not_touched(
    owner: User, cluster: Cluster, grandchild: Place
) -> None:
    run = run_with_worker(owner, str(grandchild))

    with pytest.raises(NotIdentified, match="no cluster of this site"):
        Crew.of(run)


def test_a_cluster_is_known_by_its_row_on_this_host(owner: User, grandchild: Place) -> None:
    worker, main = psutil.Process(grandchild.pid), psutil.Process()
    sentinel = worker.parent()
    assert sentinel is not None
    Cluster.objects.create(id=uuid.uuid4(), host=socket.gethostname(), pid=main.pid, version="1", worker_count=1)

    crew = Crew.of(run_with_worker(owner, str(grandchild)))

    assert (crew.worker, crew.sentinel, crew.main) == (worker, sentinel, main)
    assert not crew.is_started_again


def test_a_number_that_is_anothers_by_now_is_not_killed(child: subprocess.Popen[bytes]) -> None:
    process = psutil.Process(child.pid)
    kill(process)
    child.wait()

    assert not alive([process])
    with pytest.raises(NotIdentified, match="had ended"):
        kill(process)


# --- Judging


@pytest.mark.parametrize(
    ("fault", "slot", "start", "flaws", "outcome", "note"),
    [
        ("attempt", 0.5, 2.0, [], Outcome.WITHIN, ""),
        ("attempt", 1.5, 2.0, [], Outcome.BROKEN, "free within 1 s"),
        ("attempt", None, None, [], Outcome.BROKEN, "the slot was not free in time"),
        ("busy-worker", 2.5, 21.0, [], Outcome.BROKEN, "started within 20 s"),
        ("busy-worker", 2.5, 3.0, ["left behind: process 1"], Outcome.BROKEN, "left behind"),
        ("idle-worker", None, 2.5, [], Outcome.WITHIN, ""),
        ("idle-worker", None, 5.0, [], Outcome.BROKEN, "started within 3 s"),
        ("idle-worker", None, None, [], Outcome.BROKEN, "no run started in time"),
    ],
)
def test_what_was_measured_is_held_against_the_budget(
    fault: str, slot: float | None, start: float | None, flaws: list[str], outcome: Outcome, note: str
) -> None:
    result = judged(FAULTS[fault], slot, start, flaws)

    assert result.outcome == outcome
    assert note in result.note
