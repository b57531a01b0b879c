"""``/api/v1/status`` and ``/api/v1/me``: how the site is, and how one stands."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from runs.models import Cluster, Drill, User
from tests import acting
from tests.api.scripts import Script, script_of


@pytest.fixture
def cluster(db: None) -> Cluster:
    return Cluster.objects.create(
        id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=2, last_seen_at=timezone.now()
    )


def test_everybody_learns_whether_a_worker_is_there_and_no_more(script: Script) -> None:
    assert script.get("/api/v1/status").json() == {"is_anyone_listening": False, "site": None}


def test_worker_that_listens_is_told_of(script: Script, cluster: Cluster) -> None:
    assert script.get("/api/v1/status").json() == {"is_anyone_listening": True, "site": None}


def test_operators_learn_how_busy_the_site_is(owner: User, operator: User, cluster: Cluster) -> None:
    acting.waiting(owner)
    Drill.objects.create(host="here", version="1", ended_at=timezone.now(), is_within_budgets=True)
    body = script_of(operator).get("/api/v1/status").json()
    site = body["site"]
    assert body["is_anyone_listening"] is True
    assert (site["worker_count"], site["due_count"], site["waiting_count"], site["queue_length"]) == (2, 1, 1, 1)
    assert site["oldest_wait_seconds"] >= 0
    assert (site["verdict"], site["sentence"]) == (
        "success",
        "Everything is well: 2 workers, 1 run waits for a worker.",
    )
    assert [(each["host"], each["is_listening"]) for each in site["clusters"]] == [("here", True)]
    assert site["last_drill"]["is_within_budgets"] is True


def test_operators_learn_that_nobody_listens(operator: User) -> None:
    body = script_of(operator).get("/api/v1/status").json()
    assert (body["is_anyone_listening"], body["site"]["verdict"]) == (False, "danger")


def test_me_names_the_runs_in_the_way_and_the_one_that_waits(script: Script, owner: User, stranger: User) -> None:
    acting.pending(stranger)
    before = script.get("/api/v1/me").json()
    assert (before["active_runs"], before["waiting_run"]) == ([], None)
    assert before["largest_document_bytes"] == 25 * 1024 * 1024
    waiting = acting.waiting(owner)
    after = script.get("/api/v1/me").json()
    assert [run["status"] for run in after["active_runs"]] == ["pending"]
    assert after["waiting_run"]["id"] == str(waiting.pk)
