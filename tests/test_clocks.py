"""Four clocks, each of its own: waiting for a worker, running, silence, and waiting for a lock."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from runs import lifecycle, worker
from runs.errors import UserLocked
from runs.lifecycle.transitions import locked
from runs.models import AgentRun, AgentSettings, ErrorCode, EventKind, Status, User
from tests import acting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_attempt(db: None) -> None:
    AgentSettings.objects.create(agent="rehearsal", max_attempts=1, run_limit_seconds=1, queue_limit_seconds=60)


def last_event(run: AgentRun) -> Any:
    return run.events.last()


def test_a_run_that_nobody_takes_up_expires(owner: User) -> None:
    run = acting.pending(owner)
    acting.overdue(run)

    lifecycle.rescue()

    run, event = acting.fresh(run), last_event(run)
    assert (run.status, run.error_code) == (Status.FAILED, ErrorCode.EXPIRED)
    assert run.error.startswith("No worker took the run up within")
    assert (event.kind, event.message, event.data["code"]) == (EventKind.FAILED, run.error, "expired")
    assert event.data["expired_at"]


def test_an_attempt_that_takes_too_long_times_out(owner: User, settings: Any) -> None:
    settings.STOP_GRACE_SECONDS = 0.2
    run = lifecycle.trigger(owner, "rehearsal", {"act": "stall", "seconds": 0})

    worker.deliver(str(run.pk))

    run, event = acting.fresh(run), last_event(run)
    assert (run.status, run.error_code, run.error) == (Status.FAILED, ErrorCode.TIMED_OUT, "Agent run timed out")
    assert (event.kind, event.data["code"], event.data["limit_seconds"]) == (EventKind.FAILED, "timed_out", 1.0)


def test_an_attempt_that_falls_silent_is_lost(owner: User) -> None:
    run = acting.running(owner)
    acting.lose_lease(run)

    lifecycle.rescue()

    run, event = acting.fresh(run), last_event(run)
    assert (run.status, run.error_code) == (Status.FAILED, ErrorCode.WORKER_LOST)
    assert run.error == "The worker that carried out the run fell silent."
    assert (event.kind, event.data["code"]) == (EventKind.FAILED, "worker_lost")
    assert (event.data["host"], event.data["pid"], event.data["process_ended"]) == ("testhost", 1, False)
    assert event.data["last_heartbeat"]


def test_whoever_waits_too_long_for_the_lock_is_told_to_come_back(owner: User, settings: Any) -> None:
    """Nothing has begun, so that there is no run whose history could tell of it."""
    settings.LOCK_WAIT_SECONDS = 0.2
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(owner.pk):
            is_held.set()
            is_over.wait(20)
        connection.close()

    holding = threading.Thread(target=hold)
    holding.start()
    is_held.wait(20)
    try:
        with pytest.raises(UserLocked) as refusal:
            acting.pending(owner)
    finally:
        is_over.set()
        holding.join()

    assert refusal.value.status == 503
    assert refusal.value.sentence.endswith(".")
    assert not AgentRun.objects.exists()


def test_a_run_that_kills_its_process_every_time_stops_at_its_last_attempt(owner: User) -> None:
    AgentSettings.objects.update(max_attempts=2)
    run = lifecycle.trigger(owner, "rehearsal", {"act": "kill", "seconds": 0})

    for _ in range(3):
        acting.due(run)
        worker.deliver(str(run.pk))

    run = acting.fresh(run)
    assert (run.status, run.error_code, run.attempt) == (Status.FAILED, ErrorCode.AGENT_ERROR, 2)
    assert acting.kinds(run).count(EventKind.STARTED) == 2


def test_those_that_fail_at_once_do_not_all_return_at_once(db: None) -> None:
    AgentSettings.objects.update(max_attempts=2)
    delays = set()
    for number in range(8):
        run = acting.running(User.objects.create_user(f"user-{number}"))
        lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "Broken.")
        delays.add(last_event(run).data["delay_seconds"])

    assert len(delays) > 4
