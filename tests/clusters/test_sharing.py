"""What the clusters on one database make of what lies in the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from django_q.conf import Conf
from django_q.core_signing import dumps
from django_q.models import OrmQ
from django_q.signing import PickleSerializer, SignedPackage

from runs import lifecycle, queue
from runs.broker import Broker
from runs.models import Cluster, EventKind, Status, User
from tests import acting
from tests.clusters.clusters import RealCluster, until_ended, worker_pid
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def users(count: int) -> list[User]:
    return [User.objects.create_user(f"user-{number}") for number in range(count)]


def test_two_clusters_share_the_work_fairly(start: Callable[..., RealCluster], transactional_db: None) -> None:
    for cluster in [start(), start()]:
        cluster.until_listening()

    runs = [lifecycle.trigger(user, "rehearsal", {"seconds": 1, "steps": 1}) for user in users(6)]

    for run in runs:
        until_ended(run)
    shares = Counter(worker_pid(run) for run in runs)
    assert sorted(shares.values()) == [3, 3]
    ended = [acting.fresh(run) for run in runs]
    span = max(run.completed_at for run in ended) - min(run.started_at for run in ended)
    assert span.total_seconds() < 4.5, "three a worker, one second each"


def test_what_cannot_be_delivered_is_parked_and_the_others_are(start: Callable[..., RealCluster], owner: User) -> None:
    broker = Broker()
    signed = {"key": Conf.SECRET_KEY, "salt": Conf.PREFIX, "serializer": PickleSerializer}
    poison = [
        "garbage",
        dumps({"func": "x"}, **{**signed, "key": "another key"}),
        dumps(b"no pickle", **{**signed, "serializer": _Raw}),
        dumps(b"cno.such.module\nthing\n.", **{**signed, "serializer": _Raw}),
        SignedPackage.dumps(["not", "a", "task"]),
        SignedPackage.dumps({"func": "runs.worker.deliver"}),
    ]
    rows = [broker.enqueue(payload) for payload in poison]
    run = lifecycle.trigger(owner, "rehearsal", {"seconds": 0})
    cluster = start()

    assert until_ended(run).status == Status.COMPLETED

    assert queue.parked_count() == len(poison)
    assert set(OrmQ.objects.filter(key="agentsite:parked").values_list("pk", flat=True)) == set(rows)
    assert all(f'"queue_row": {row}' in cluster.output for row in rows)
    assert "reincarnated" not in cluster.output, "nobody died of it"
    assert "Traceback" not in cluster.output
    assert '"exception":' not in cluster.output


class _Raw:
    """Signs bytes as they are."""

    @staticmethod
    def dumps(content: bytes) -> bytes:
        return content


def test_all_runs_run_after_the_secret_key_was_changed(
    start: Callable[..., RealCluster], transactional_db: None
) -> None:
    runs = [lifecycle.trigger(user, "rehearsal", {"seconds": 0}) for user in users(5)]

    start(SECRET_KEY="another key, " * 5)

    for run in runs:
        assert until_ended(run).status == Status.COMPLETED
        assert acting.kinds(run).count(EventKind.STARTED) == 1
    assert queue.parked_count() == len(runs)


def test_a_former_key_that_is_still_accepted_is_so_for_what_waits_in_the_queue(
    start: Callable[..., RealCluster], transactional_db: None
) -> None:
    """And a run that is asked for by a process which has not been told of the new key yet runs as well."""
    waiting = [lifecycle.trigger(user, "rehearsal", {"seconds": 0}) for user in users(3)]

    start(SECRET_KEY="another key, " * 5, SECRET_KEY_FALLBACKS=Conf.SECRET_KEY).until_listening()

    late = lifecycle.trigger(User.objects.create_user("late"), "rehearsal", {"seconds": 0})
    for run in [*waiting, late]:
        assert until_ended(run).status == Status.COMPLETED
        assert acting.kinds(run).count(EventKind.STARTED) == 1
    assert queue.parked_count() == 0


def test_a_message_is_kept_for_as_long_as_the_run_lasts(start: Callable[..., RealCluster], owner: User) -> None:
    """Its lock is shorter than the run: unless it is renewed, the message comes again, and again."""
    cluster = start(WORKERS="2").until_listening()
    run = lifecycle.trigger(owner, "rehearsal", {"act": "stall", "seconds": 0})
    wait_until(lambda: EventKind.STARTED in acting.kinds(run))
    (row,) = OrmQ.objects.values_list("pk", flat=True)
    first = OrmQ.objects.get(pk=row).lock

    wait_until(lambda: OrmQ.objects.get(pk=row).lock > first)

    assert cluster.process.poll() is None


def test_a_cluster_shows_how_many_of_its_workers_are_busy(start: Callable[..., RealCluster], owner: User) -> None:
    cluster = start(WORKERS="2").until_listening()
    lifecycle.trigger(owner, "rehearsal", {"act": "stall", "seconds": 0})

    wait_until(lambda: Cluster.objects.filter(pid=cluster.process.pid, worker_count=2, busy_count=1).exists())
