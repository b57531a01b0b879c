"""``manage.py status`` says what the operators' page says, and its exit code what a monitor needs."""

from __future__ import annotations

import uuid

import pytest

from runs import pausing, queue
from runs.models import Cluster, User
from tests import acting
from tests.commands.calling import call


@pytest.fixture(autouse=True)
def cluster(db: None) -> Cluster:
    return Cluster.objects.create(id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=2)


def test_all_is_well(owner: User) -> None:
    acting.completed(owner)
    acting.failed(owner)
    said = call("status")
    assert said.code == 0
    assert said.stdout.startswith("Everything is well: 2 workers, nothing waits.")
    assert "2 ended, 0.0 a minute, 50% of them failed" in said.stdout
    assert "PostgreSQL" in said.stdout


def test_what_is_to_be_looked_at_is_named_and_is_the_exit_code(owner: User, operator: User) -> None:
    run = acting.pending(owner)
    queue.withdraw(run.queue_row)
    pausing.pause("policy-checker", by=operator, reason="Back at \x1b[31mnoon.")
    said = call("status")
    assert said.code == 1
    assert f"{run} of owner: pending without a row in the queue" in said.stdout
    assert "policy-checker: Back at" in said.stdout
    assert "\x1b" not in said.stdout


def test_programs_get_an_object(owner: User, operator: User) -> None:
    acting.pending(owner)
    pausing.pause("policy-checker", by=operator, reason="Back at noon.")
    said = call("status", "--json")
    assert said.code == 0
    assert said.json["is_well"]
    assert (said.json["due_count"], said.json["oldest_wait_seconds"] >= 0) == (1, True)
    assert said.json["paused"] == {"policy-checker": "Back at noon."}


def test_without_a_worker_nothing_is_well(cluster: Cluster) -> None:
    cluster.delete()
    said = call("status", "--json")
    assert (said.code, said.json["is_well"], said.json["verdict"]) == (1, False, "No worker is listening.")
