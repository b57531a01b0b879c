"""``manage.py doctor``, for people and for monitors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runs import doctor, queue
from runs.models import AgentRun, Cluster, User
from tests import acting
from tests.commands.calling import Said, call
from tests.doctor.looking import sql
from tests.sites import ROOT


def examine(*words: str) -> Said:
    return call("doctor", "--patience", "0", *words)


def test_a_line_for_each_check_and_nothing_to_say(db: None) -> None:
    said = examine()

    lines = said.stdout.splitlines()
    assert (said.code, said.stderr) == (0, "")
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.startswith("ok ") for line in lines)


def test_trouble_is_told_with_what_to_do_and_an_exit_code(owner: User) -> None:
    queue.withdraw(acting.pending(owner).queue_row)

    said = examine()

    assert said.code == 1
    assert "trouble   doorbells" in said.stdout
    assert "doctor --fix --dry-run" in said.stderr


def test_json_says_the_same(owner: User) -> None:
    queue.withdraw(acting.pending(owner).queue_row)

    said = examine("--json")

    assert said.code == 1
    assert said.json["state"] == "trouble"
    (found,) = [each for each in said.json["findings"] if each["state"] != "ok"]
    assert found["name"] == "doorbells"
    assert "Enqueues" in found["repair"][0]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(owner: User) -> None:
    run = acting.pending(owner)
    queue.withdraw(run.queue_row)
    before = AgentRun.objects.values().get()

    said = examine("--fix", "--dry-run")

    assert said.code == 1
    assert f"--fix: Enqueues {run} again." in said.stdout
    assert AgentRun.objects.values().get() == before


def test_fix_repairs_and_says_what_it_did(owner: User) -> None:
    run = acting.pending(owner)
    queue.withdraw(run.queue_row)

    said = examine("--fix")

    assert said.code == 0
    assert "repaired  doorbells" in said.stdout
    assert f"Enqueues {run} again." in said.stdout
    assert examine().code == 0


def test_fix_leaves_to_people_what_is_not_safe(db: None) -> None:
    sql("DROP INDEX run_one_active_per_slot")

    assert examine("--fix").code == 1


def test_a_check_that_fails_is_no_all_clear(db: None) -> None:
    sql("ALTER TABLE django_migrations RENAME COLUMN app TO gone")

    said = examine()

    assert said.code == 2
    assert "unknown   migrations" in said.stdout


def test_trouble_that_passes_by_itself_is_none(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = acting.pending(owner)
    queue.withdraw(run.queue_row)
    waited = []

    def rescued_meanwhile(seconds: float) -> None:
        from runs import lifecycle

        waited.append(seconds)
        lifecycle.rescue()

    monkeypatch.setattr("time.sleep", rescued_meanwhile)

    assert call("doctor").code == 0
    assert waited == [2.0]


def test_a_dry_run_of_nothing_is_refused(db: None) -> None:
    assert examine("--dry-run").code == 2


def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "doctor"],
        env={**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "The database does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_listening_is_trouble_in_json_too(cluster: Cluster) -> None:
    cluster.delete()

    assert json.loads(examine("--json").stdout)["state"] == "trouble"
