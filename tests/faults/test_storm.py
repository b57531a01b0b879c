"""Two minutes of runs of every temper while something is killed every second; then everything is well."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.sites import ROOT, Site, sites
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

SECONDS = 120
RUNS = 500


def storm(site: Site, call: str) -> dict[str, Any]:
    """Call a function of ``storm`` inside the site's environment."""
    said = site.manage("shell", "--no-imports", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
                       f"from tests.faults import storm; storm.{call}")  # fmt: skip
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer


def kill_something(site: Site, dice: random.Random) -> str:
    """SIGKILL to one process of the cluster: mostly a worker or an agent's, sometimes one of those in charge."""
    processes = site.processes()
    main = [process for process in processes if "qcluster" in words(process) and process.ppid() == site.process.pid]
    family = [process for root in main for process in alive(root.children(recursive=True))]
    target = dice.choice(family if dice.random() < 0.93 else main) if family else None
    if target is None:
        return "nothing"
    with contextlib.suppress(psutil.NoSuchProcess):
        target.send_signal(signal.SIGKILL)
    return "main" if target in main else "family"


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if "resource_tracker" not in words(process)]


def words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "resource_tracker"


def test_all_end_nobody_has_two_at_once_and_the_doctor_finds_nothing(tmp_path: Path) -> None:
    dice = random.Random(20)
    with sites(tmp_path) as start:
        site = start(WORKERS="4")
        site.until_ready()
        trigger = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.faults import storm; "
        trigger += f"storm.trigger({RUNS}, {SECONDS}, {SECONDS + 240}, seed=7)"
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "-c", trigger]
        with subprocess.Popen(command, env=site.environment, stdout=subprocess.PIPE, text=True) as triggering:
            end, killed = time.monotonic() + SECONDS, 0
            while time.monotonic() < end:
                killed += kill_something(site, dice) != "nothing"
                with contextlib.suppress(subprocess.TimeoutExpired):
                    site.process.wait(1)
                assert site.process.poll() is None, site.output[-2000:]
            said, _ = triggering.communicate(timeout=300)
        triggered = json.loads(said.splitlines()[-1])["triggered"]

        wait_until(lambda: storm(site, "account()")["open"] == [], 240)

        account = storm(site, "account()")
        print(f"killed {killed} processes; {account}")  # noqa: T201
        assert account["runs"] == triggered == RUNS
        assert account["overlaps"] == 0
        assert account["ends"]["twice"] == 0
        assert sum(account["ends"].values()) == triggered
        site.manage("doctor")
