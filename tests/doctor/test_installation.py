"""The doctor sees when what is around the runs is not in order."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now

from runs import lifecycle, uploads
from runs.doctor import State
from runs.models import AgentRun, Cluster, EventKind, RunEvent, User
from tests import acting
from tests.doctor.looking import finding, is_fine, repaired, sql, text
from tests.pages.reading import upload


@pytest.mark.parametrize("name", ["clocks", "settings", "workers", "agents", "storage", "recognition"])
def test_a_sound_installation_is_fine(owner: User, name: str) -> None:
    acting.running(owner)

    assert is_fine(name), text(finding(name))


# --- Clocks


def test_a_worker_whose_clock_is_wrong_is_named(owner: User) -> None:
    acting.running(owner)
    RunEvent.objects.filter(kind=EventKind.STARTED).update(at=Now() + timedelta(seconds=5))

    assert "testhost is 5.0 s ahead" in text(finding("clocks"))


def test_a_skew_of_long_ago_says_nothing(owner: User) -> None:
    acting.running(owner)
    RunEvent.objects.filter(kind=EventKind.STARTED).update(at=Now() - timedelta(seconds=5))
    AgentRun.objects.update(created_at=Now() - timedelta(hours=2))

    assert is_fine("clocks")


# --- Settings


def test_settings_that_cannot_work_together_are_named(db: None, settings: Any) -> None:
    settings.LEASE_SECONDS, settings.HEARTBEAT_SECONDS = 5, 4.0

    found = finding("settings")

    assert found.state == State.TROUBLE
    assert "runs.E010" in text(found)


# --- Workers


def test_nobody_listening_is_trouble(cluster: Cluster) -> None:
    cluster.delete()

    assert "manage.py qcluster" in text(finding("workers"))


def test_a_cluster_that_is_leaving_does_not_listen(cluster: Cluster) -> None:
    Cluster.objects.update(is_draining=True)

    assert finding("workers").state == State.TROUBLE


def test_a_cluster_of_another_version_is_named(cluster: Cluster) -> None:
    Cluster.objects.update(version="0.0.1")

    assert "testhost:1 is 0.0.1" in text(finding("workers"))


def test_rows_of_clusters_long_gone_are_tidied_and_no_trouble(cluster: Cluster) -> None:
    gone = Cluster.objects.create(id=uuid.uuid4(), host="gone", pid=7, version="1", worker_count=2)
    Cluster.objects.filter(pk=gone.pk).update(last_seen_at=Now() - timedelta(hours=2))

    assert finding("workers").state == State.OK
    after = repaired("workers")
    assert after.state == State.REPAIRED
    assert "gone:7" in text(after)
    assert list(Cluster.objects.all()) == [cluster]


# --- Agents


def test_an_active_run_of_an_agent_that_is_no_more_is_found(owner: User) -> None:
    sql("UPDATE runs_agentrun SET agent = 'retired' WHERE id = %s", acting.pending(owner).pk)

    assert "retired" in text(finding("agents"))


# --- Storage


def test_a_storage_that_cannot_be_written_is_found(db: None, settings: Any, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    settings.MEDIA_ROOT = blocked

    assert "cannot be written" in text(finding("storage"))


def test_a_lost_document_of_an_active_run_is_named(owner: User) -> None:
    document = uploads.keep(upload(), owner)
    lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    assert is_fine("storage")
    default_storage.delete(str(document.file.name))

    assert "note.txt" in text(finding("storage"))


def test_looking_leaves_no_file(db: None, settings: Any) -> None:
    finding("storage")

    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
