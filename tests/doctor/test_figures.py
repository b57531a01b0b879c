"""How busy the site is, which runs are to be looked at, and the sentence that sums it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django_q.conf import Conf
from django_q.models import OrmQ

from runs import lifecycle, queue
from runs.broker.listener import listening_connection
from runs.broker.messages import parked_key
from runs.doctor import DatabaseFigures, Figures, Verdict, crashed_runs
from runs.doctor.figures import LIVE
from runs.doctor.messages import Message
from runs.doctor.suspicions import SuspiciousRun
from runs.models import AgentRun, Cluster, ErrorCode, Status, User
from tests import acting
from tests.pages.reading import text


def test_figures_count_what_there_is(owner: User, stranger: User, operator: User) -> None:
    acting.running(owner)
    acting.waiting(owner)
    AgentRun.objects.filter(pk=acting.pending(stranger).pk).update(due_at=Now() - timedelta(seconds=90))
    OrmQ.objects.create(key=parked_key(Conf.CLUSTER_NAME), payload="gibberish")
    Cluster.objects.update(busy_count=1)

    figures = Figures.now()

    assert (figures.running_count, figures.pending_count, figures.waiting_count) == (1, 1, 1)
    assert figures.oldest_wait is not None
    assert 90 <= figures.oldest_wait.total_seconds() < 100
    assert len(figures.parked) == 1
    assert (figures.worker_count, figures.busy_count, figures.listening_count) == (2, 1, 1)


def test_waits_are_told_apart_by_what_they_wait_for(owner: User, stranger: User, operator: User) -> None:
    acting.waiting(owner)
    acting.pending(stranger)
    AgentRun.objects.filter(pk=acting.pending(operator).pk).update(due_at=Now() + timedelta(seconds=90))

    figures = Figures.now()

    # The owner's other run is pending, too.
    assert (figures.due_count, figures.backoff_count, figures.waiting_count) == (2, 1, 1)


def test_a_backoff_is_no_wait(owner: User) -> None:
    AgentRun.objects.filter(pk=acting.pending(owner).pk).update(due_at=Now() + timedelta(seconds=90))

    assert Figures.now().oldest_wait is None


def test_the_last_hour_counts_what_ended_in_it(owner: User) -> None:
    old = acting.failed(owner)
    acting.completed(owner)
    acting.failed(owner)
    acting.cancelled(owner)
    AgentRun.objects.filter(pk=old.pk).update(completed_at=Now() - timedelta(minutes=61))

    figures = Figures.now()

    assert (figures.ended_count, figures.failed_count) == (3, 1)
    assert (figures.ended_per_minute, figures.failed_share) == (3 / 60, 1 / 3)


def test_a_cluster_that_fell_silent_is_shown_and_not_counted(cluster: Cluster) -> None:
    Cluster.objects.update(last_seen_at=Now() - timedelta(minutes=1))

    figures = Figures.now()

    assert (len(figures.clusters), figures.listening_count, figures.worker_count) == (1, 0, 0)


def test_a_cluster_drains_until_it_must_have_ended(cluster: Cluster, page: Client) -> None:
    Cluster.objects.update(is_draining=True)
    (shown,) = Figures.now().clusters
    assert (shown.is_listening, shown.is_draining) == (False, True)
    assert "Draining" in text(page.get(reverse("status_figures")))

    Cluster.objects.update(last_seen_at=Now() - timedelta(minutes=1))
    (shown,) = Figures.now().clusters
    assert (shown.is_listening, shown.is_draining) == (False, False)
    assert "Stopped" in text(page.get(reverse("status_figures")))


def test_a_live_process_is_known_by_its_name_at_the_database() -> None:
    listening = listening_connection("anything", LIVE)
    try:
        assert Figures.now().live_count == 1
    finally:
        listening.close()


# --- Runs to look at


def test_a_run_silent_beyond_half_its_lease_is_suspicious(owner: User) -> None:
    run = acting.running(owner)
    assert not Figures.now().suspicious
    AgentRun.objects.filter(pk=run.pk).update(lease_expires_at=Now() + timedelta(seconds=5))

    (suspicious,) = Figures.now().suspicious

    assert (suspicious.run, suspicious.reason) == (run, "silent for 10 s")


def test_a_run_that_takes_three_times_as_long_as_nine_of_ten_is_suspicious(owner: User) -> None:
    for _ in range(3):
        acting.completed(owner)
    AgentRun.objects.filter(status=Status.COMPLETED).update(started_at=F("completed_at") - timedelta(seconds=20))
    run = acting.running(owner)
    AgentRun.objects.filter(pk=run.pk).update(started_at=Now() - timedelta(seconds=55))
    assert not Figures.now().suspicious
    AgentRun.objects.filter(pk=run.pk).update(started_at=Now() - timedelta(seconds=65))

    (suspicious,) = Figures.now().suspicious

    assert suspicious.reason == "nine of ten runs take at most 20 s"


def test_too_few_runs_make_nothing_usual(owner: User) -> None:
    acting.completed(owner)
    AgentRun.objects.filter(pk=acting.running(owner).pk).update(started_at=Now() - timedelta(seconds=60))

    assert not Figures.now().suspicious


def test_a_run_that_does_not_stop_when_asked_is_suspicious(owner: User) -> None:
    run = acting.running(owner)
    lifecycle.cancel(run, by=owner)
    assert not Figures.now().suspicious
    AgentRun.objects.filter(pk=run.pk).update(cancel_requested_at=Now() - timedelta(seconds=30))

    (suspicious,) = Figures.now().suspicious

    assert suspicious.reason == "asked to stop 30 s ago"


def test_a_pending_run_without_a_row_in_the_queue_is_suspicious(owner: User) -> None:
    run = acting.pending(owner)
    assert not Figures.now().suspicious
    queue.withdraw(run.queue_row)

    (suspicious,) = Figures.now().suspicious

    assert (suspicious.run, suspicious.reason) == (run, "pending without a row in the queue")


def test_another_attempt_is_worth_a_look(owner: User) -> None:
    run = acting.pending(owner)
    AgentRun.objects.filter(pk=run.pk).update(max_attempts=3)
    lifecycle.fail(acting.started(run), ErrorCode.AGENT_ERROR, "No.", is_retryable=True)

    (suspicious,) = Figures.now().suspicious
    assert suspicious.reason == "attempt 2 of 3"

    acting.due(run)
    acting.started(run)
    (suspicious,) = Figures.now().suspicious
    assert suspicious.reason == "attempt 2 of 3"


def test_the_worst_is_said_first_and_a_run_once(owner: User, stranger: User) -> None:
    silent, unheard = acting.running(owner), acting.pending(stranger)
    AgentRun.objects.filter(pk=silent.pk).update(lease_expires_at=Now() + timedelta(seconds=5), attempt=2)
    queue.withdraw(unheard.queue_row)

    assert [each.run for each in Figures.now().suspicious] == [unheard, silent]


def test_failures_of_ours_are_shown_for_a_day_and_those_of_users_are_not(page: Client, owner: User) -> None:
    acting.failed(owner)  # invalid_input
    old, new = (
        lifecycle.fail(acting.started(acting.pending(owner)), ErrorCode.WORKER_LOST, "Gone.", is_retryable=False)
        for _ in range(2)
    )
    AgentRun.objects.filter(pk=old.pk).update(completed_at=Now() - timedelta(hours=25))

    assert crashed_runs() == [new]
    assert reverse("run", args=[new.pk]) in page.get(reverse("status_crashed")).content.decode()


# --- The verdict


def figures(**changes: object) -> Figures:
    return replace(Figures.now(), **changes)  # type: ignore[arg-type]


def test_the_verdict_says_the_gravest_first(owner: User) -> None:
    run = acting.running(owner)
    silent = [SuspiciousRun(run, "silent for 10 s")]
    parked = [Message(1, "parked", None, None, "gibberish")]
    busy = "2 workers, nothing waits"
    late = timedelta(seconds=130)
    cases = [
        (figures(), "success", f"Everything is well: {busy}."),
        (figures(due_count=3, oldest_wait=timedelta(seconds=2)), "success",
         "Everything is well: 2 workers, 3 runs wait for a worker."),
        (figures(due_count=1, oldest_wait=late), "warning",
         "The oldest of 1 run waits for a worker for 2 m 10 s. 2 workers, 1 run waits for a worker."),
        (figures(suspicious=silent), "warning", f"1 run to look at. {busy}."),
        (figures(suspicious=silent * 2, parked=parked), "warning", f"2 runs to look at, 1 message put aside. {busy}."),
        (figures(clusters=[], suspicious=silent), "danger", "No worker is listening."),
        (figures(clusters=[], due_count=2), "danger", "No worker is listening: 2 runs wait for one."),
    ]  # fmt: skip
    for given, tone, sentence in cases:
        assert Verdict.on(given) == Verdict(tone, sentence)  # type: ignore[arg-type]


def test_a_transaction_left_open_shows_its_age() -> None:
    other = listening_connection("anything", "test")
    try:
        other.autocommit = False
        with other.cursor() as cursor:
            cursor.execute("SELECT 1")
        oldest = DatabaseFigures.now().oldest_transaction
        assert oldest is not None
        assert oldest < timedelta(minutes=2)
    finally:
        other.close()
