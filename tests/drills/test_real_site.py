"""Drills on real processes: everything that is killed comes back, in time and by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.drills import FAULTS
from runs.models import AgentRun, Drill
from tests.clusters.clusters import RealCluster, Supervisor, real_clusters
from tests.commands.calling import call
from tests.sites import Site, sites
from tests.waiting import is_alive, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SLACK = 4
"""Starting a cluster takes a second of processor time, which a busy machine has not got at once."""
IS_LISTENING = "from runs import queue; print('listening' if queue.is_anyone_listening() else 'nobody')"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    with sites(tmp_path) as start:
        yield start


def is_stood(result: dict[str, Any]) -> bool:
    """Whether the site recovered, as quickly as can be asked of a machine that other tests share."""
    measured = [
        (result["slot_seconds"], result["slot_budget"]),
        (result["start_seconds"], result["start_budget"]),
    ]
    in_time = [seconds is not None and seconds <= budget * SLACK for seconds, budget in measured if budget]
    return all(in_time) and "left behind" not in result["note"] and "survive" not in result["note"]


def drilled(site: Site) -> dict[str, Any]:
    """What a drill on the site has measured, whether or not it was in time."""
    command = [sys.executable, str(site.root / "manage.py"), "drill", "--yes", "--json", "--timeout", "240"]
    done = subprocess.run(command, env=site.environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[..., RealCluster]]:
    """Starts a cluster on the test's database."""
    with real_clusters() as start:
        yield start


@pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.long), "2"])
def test_a_site_stands_every_fault(up: Callable[..., Site], workers: str) -> None:
    site = up(WORKERS=workers)
    site.until_ready()
    wait_until(lambda: site.manage("shell", "--no-imports", "-c", IS_LISTENING).startswith("listening"))
    web = [process.pid for process in site.processes("gunicorn")]

    told = drilled(site)

    assert [result["fault"] for result in told["results"]] == list(FAULTS)
    assert not [result for result in told["results"] if not is_stood(result)]
    assert [process.pid for process in site.processes("gunicorn")] == web
    assert json.loads(site.manage("doctor", "--json"))["state"] == "ok"


def test_a_cluster_that_nobody_starts_again_is_not_ended(start: Callable[..., RealCluster]) -> None:
    cluster = start().until_listening()

    said = call("drill", "--yes", "--json", "--faults", "idle-worker,sentinel,main,attempt,busy-worker")

    outcomes = {result["fault"]: result["outcome"] for result in said.json["results"]}
    assert [fault for fault, outcome in outcomes.items() if outcome == "skipped"] == ["sentinel", "main"]
    assert all(is_stood(result) for result in said.json["results"] if result["outcome"] != "skipped"), said
    assert "--supervised" in said.json["results"][1]["note"]
    assert is_alive(cluster.main)


def test_a_cluster_under_another_supervisor_is_drilled_when_told_so(start: Callable[..., RealCluster]) -> None:
    start().until_listening()
    supervisor = Supervisor(start)
    try:
        supervisor.cluster.until_listening()

        said = call("drill", "--yes", "--json", "--supervised", "--faults", "main,sentinel")
    finally:
        supervisor.stop()

    assert [result["fault"] for result in said.json["results"] if is_stood(result)] == ["main", "sentinel"], said


def test_a_budget_that_is_broken_is_told_and_kept(
    start: Callable[..., RealCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    # With nobody to start it again, the run's slot is not free before its lease has run out and somebody looks.
    start().until_listening()
    monkeypatch.setattr("runs.drills.measuring.RECOVERY_PATIENCE_SECONDS", 4.0)
    monkeypatch.setattr("runs.drills.rehearsals.END_PATIENCE_SECONDS", 1.0)

    said = call("drill", "--yes", "--json", "--supervised", "--faults", "main")

    (result,) = said.json["results"]
    assert (said.code, result["outcome"]) == (1, "broken")
    assert "the slot was not free in time" in result["note"]
    assert Drill.objects.get().is_within_budgets is False
    assert not AgentRun.objects.active().exists()


def test_a_database_of_ones_own_is_restarted_as_told(start: Callable[..., RealCluster]) -> None:
    start().until_listening()

    said = call("drill", "--yes", "--json", "--faults", "database", "--database-restart-command", "false")
    assert said.json["results"][0]["outcome"] == "skipped"
    assert "'false' failed" in said.json["results"][0]["note"]

    said = call("drill", "--yes", "--json", "--faults", "database", "--database-restart-command", "true")
    assert is_stood(said.json["results"][0]), said
