"""``?wait=seconds``: an answer when the run has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from runs import lifecycle
from runs.api.waiting import MOST_WAITERS, waiters
from runs.models import AgentRun, User
from tests import acting
from tests.api.scripts import Script, script_of
from tests.waiting import wait_until

RUNS = "/api/v1/runs"
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def meanwhile(ask: Callable[[], Any]) -> Iterator[list[Any]]:
    """Have ``ask`` answered in a thread of its own; the list holds its answer once the block is left."""
    answers: list[Any] = []

    def act() -> None:
        try:
            answers.append(ask())
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield answers
    finally:
        thread.join(30)


def waiter_states() -> list[str]:
    """What the connections of those who wait do, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND query LIKE '%%NOT%%IN (%%completed%%'"
        )
        return [row[0] for row in cursor.fetchall()]


def test_answers_when_the_run_has_ended(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    with meanwhile(lambda: script.get(f"{RUNS}/{attempt.run_id}", wait=30)) as answers:
        wait_until(lambda: "idle" in waiter_states())
        assert not answers
        lifecycle.complete(attempt, "rehearsed", {"a": 1}, "did it")
        ended_at = time.monotonic()
    assert time.monotonic() - ended_at < 5
    (response,) = answers
    assert (response["X-Wait"], response.json()["status"], response.json()["output"]) == (
        "ended",
        "completed",
        {"a": 1},
    )


def test_answers_as_it_is_when_the_time_is_over(script: Script, owner: User) -> None:
    run = acting.running(owner)
    began = time.monotonic()
    response = script.get(f"{RUNS}/{run.pk}", wait="0.3")
    assert (response.status_code, response["X-Wait"], response.json()["status"]) == (200, "elapsed", "running")
    assert time.monotonic() - began >= 0.3


def test_a_run_that_has_ended_is_not_waited_for(script: Script, owner: User) -> None:
    began = time.monotonic()
    response = script.get(f"{RUNS}/{acting.completed(owner).pk}", wait=60)
    assert response["X-Wait"] == "ended"
    assert time.monotonic() - began < 5


def test_who_does_not_ask_does_not_wait(script: Script, owner: User) -> None:
    assert "X-Wait" not in script.get(f"{RUNS}/{acting.running(owner).pk}")


def test_whoever_waits_holds_no_transaction(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    seen: set[str] = set()
    with meanwhile(lambda: script.get(f"{RUNS}/{attempt.run_id}", wait=30)):
        wait_until(lambda: bool(waiter_states()))
        for _ in range(200):
            seen.update(waiter_states())
        lifecycle.complete(attempt, "rehearsed", {})
    assert "idle in transaction" not in seen
    assert "idle" in seen


def test_too_many_are_answered_at_once_and_told_so(owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    script, url = script_of(owner), f"{RUNS}/{attempt.run_id}"
    with ExitStack() as stack:
        for _ in range(MOST_WAITERS):
            answers = stack.enter_context(meanwhile(lambda: script_of(owner).get(url, wait=30)))
        wait_until(lambda: len(waiter_states()) == MOST_WAITERS)
        response = script.get(url, wait=30)
        assert not answers
        assert (response.status_code, response["X-Wait"], response["Retry-After"]) == (200, "cut-short", "1")
        assert response.json()["status"] == "running"
        lifecycle.complete(attempt, "rehearsed", {})
    # The places are free again.
    assert [answer["X-Wait"] for answer in answers] == ["ended"]
    assert script.get(f"{RUNS}/{acting.running(owner).pk}", wait="0.1")["X-Wait"] == "elapsed"


def test_a_process_that_is_to_stop_keeps_nobody(script: Script, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiters, "is_leaving", lambda: True)
    assert script.get(f"{RUNS}/{acting.running(owner).pk}", wait=60)["X-Wait"] == "cut-short"


def test_a_run_that_is_not_ones_own_is_not_waited_for(owner: User, stranger: User) -> None:
    began = time.monotonic()
    assert script_of(stranger).get(f"{RUNS}/{acting.running(owner).pk}", wait=60).status_code == 404
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("wait", ["-1", "61", "1e9", "nan", "inf", "soon", "\0"])
def test_a_wait_that_means_nothing_is_refused_before_anything_is_done(script: Script, owner: User, wait: str) -> None:
    run = acting.cancelled(owner)
    for response in (
        script.get(f"{RUNS}/{run.pk}", wait=wait),
        script.post(f"{RUNS}/{run.pk}/rerun?{urlencode({'wait': wait})}"),
    ):
        assert response.status_code == 422
        assert [error["loc"] for error in response.json()["errors"]] == [["query", "wait"]]
    assert AgentRun.objects.count() == 1


def test_a_trigger_waits_for_its_run(script: Script, owner: User) -> None:
    body = {"agent": "rehearsal", "input": {"seconds": 0}}
    with meanwhile(lambda: script.post(f"{RUNS}?wait=30", body)) as answers:
        wait_until(lambda: AgentRun.objects.exists())
        lifecycle.complete(acting.started(AgentRun.objects.get()), "rehearsed", {"a": 1}, "did it")
    (response,) = answers
    assert (response.status_code, response["X-Wait"], response.json()["status"]) == (201, "ended", "completed")


def test_a_rerun_waits_for_its_run(script: Script, owner: User) -> None:
    run = acting.completed(owner)
    response = script.post(f"{RUNS}/{run.pk}/rerun?wait=0.1")
    assert (response.status_code, response["X-Wait"], response.json()["status"]) == (201, "elapsed", "pending")
