"""``Idempotency-Key``: a request that is sent again makes no second run."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import idempotency, lifecycle
from runs.errors import LeaseLost
from runs.models import AgentRun, IdempotencyKey, Status, User
from tests import acting
from tests.api.scripts import JSON, Script, script_of
from tests.test_races import at_once

RUNS = "/api/v1/runs"
REHEARSAL = {"agent": "rehearsal", "input": {"seconds": 0, "steps": 2}}


def ask(script: Script, key: str, body: Any = REHEARSAL, path: str = RUNS) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return script.client.generic("POST", path, sent, JSON, headers={"Idempotency-Key": key})


def test_the_same_request_again_is_answered_by_the_same_run(script: Script) -> None:
    first, again = ask(script, "import 7"), ask(script, "import 7")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] == str(AgentRun.objects.get().pk)
    assert again["Location"] == first["Location"] == again.json()["url"]


def test_a_run_that_has_ended_meanwhile_is_shown_as_it_is(script: Script) -> None:
    ask(script, "a")
    lifecycle.complete(acting.started(AgentRun.objects.get()), "rehearsed", {}, "did it")
    again = ask(script, "a")
    assert (again.status_code, again.json()["status"]) == (200, "completed")
    assert AgentRun.objects.count() == 1


def test_the_order_of_keys_and_white_space_make_no_other_request(script: Script) -> None:
    ask(script, "a")
    text = b'{ "input": {"steps": 2, "seconds": 0},\n "on_conflict": "reject", "agent": "rehearsal" }'
    assert ask(script, "a", text).status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"agent": "rehearsal", "input": {"seconds": 1, "steps": 2}},
        {"agent": "rehearsal"},
        {"agent": "document-extractor", "input": {}},
        {**REHEARSAL, "on_conflict": "wait"},
    ],
    ids=str,
)
def test_a_key_of_another_request_is_refused(script: Script, other: Any) -> None:
    ask(script, "a")
    response = ask(script, "a", other)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert AgentRun.objects.count() == 1


def test_another_key_is_another_request(script: Script) -> None:
    ask(script, "a")
    response = ask(script, "b")
    assert (response.status_code, response.json()["code"]) == (409, "already_running")


def test_keys_are_each_users_own(script: Script, stranger: User) -> None:
    assert ask(script, "a").status_code == ask(script_of(stranger), "a").status_code == 201
    assert AgentRun.objects.count() == 2


def test_a_refused_request_may_be_sent_again_with_its_key(script: Script, owner: User) -> None:
    active = acting.pending(owner)
    assert ask(script, "a").status_code == 409
    assert ask(script, "b", {"agent": "rehearsal", "input": {"seconds": -1}}).status_code == 422
    assert not IdempotencyKey.objects.exists()
    lifecycle.cancel(active, by=owner)
    assert ask(script, "a").status_code == 201
    assert ask(script, "b", {"agent": "rehearsal", "on_conflict": "wait"}).status_code == 201


def test_a_key_is_forgotten_after_a_day(script: Script, owner: User, stranger: User) -> None:
    first = ask(script, "a").json()["id"]
    ask(script_of(stranger), "b")
    IdempotencyKey.objects.update(created_at=timezone.now() - idempotency.KEPT_FOR - timedelta(seconds=1))
    lifecycle.cancel(AgentRun.objects.get(pk=first), by=owner)
    again = ask(script, "a")
    assert (again.status_code, again.json()["id"] != first) == (201, True)
    # The stranger's has been swept on the way.
    assert [(key.user, key.key) for key in IdempotencyKey.objects.all()] == [(owner, "a")]


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\tb", "\x7f"], ids=ascii)
def test_a_key_that_is_none_is_refused(script: Script, key: str) -> None:
    response = ask(script, key)
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["header", "Idempotency-Key"]]
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize("key", ["x" * 255, "~", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "%00 \\'"])
def test_any_printable_key_will_do(script: Script, key: str) -> None:
    assert (ask(script, key).status_code, ask(script, key).status_code) == (201, 200)


# --- Rerun and adopt ---------------------------------------------------------------------------


def test_a_rerun_is_made_once(script: Script, owner: User) -> None:
    path = f"{RUNS}/{acting.completed(owner).pk}/rerun"
    first, again = ask(script, "a", b"", path), ask(script, "a", {}, path)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert AgentRun.objects.count() == 2
    assert ask(script, "a", {"on_conflict": "replace"}, path).json()["code"] == "idempotency_key_reused"


def test_a_key_stands_for_one_address(script: Script, owner: User) -> None:
    paths = [f"{RUNS}/{acting.completed(owner).pk}/rerun" for _ in range(2)]
    assert ask(script, "a", {}, paths[0]).status_code == 201
    assert ask(script, "a", {}, paths[1]).json()["code"] == "idempotency_key_reused"


def test_an_adoption_is_made_once(script: Script, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.force_stop(run, by=owner)
    with pytest.raises(LeaseLost):
        lifecycle.complete(acting.attempt_of(run), "late", {})
    path, body = f"{RUNS}/{run.pk}/adopt", {"reason": "it is right"}
    first, again = ask(script, "a", body, path), ask(script, "a", body, path)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    # Without the key it is refused: there is nothing left to adopt.
    assert script.post(path, body).json()["code"] == "nothing_to_adopt"


def test_a_run_one_may_not_see_any_more_is_not_shown_again(owner: User, operator: User) -> None:
    script, path = script_of(operator), f"{RUNS}/{acting.completed(owner).pk}/rerun"
    assert ask(script, "a", {}, path).status_code == 201
    User.objects.filter(pk=operator.pk).update(is_staff=False)
    assert ask(script, "a", {}, path).status_code == 404


# --- What it costs -----------------------------------------------------------------------------


def test_without_a_key_nothing_is_asked_or_kept(script: Script) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert script.post(RUNS, REHEARSAL).status_code == 201
    assert not [query for query in queries.captured_queries if "idempotency" in query["sql"].lower()]
    assert not [query for query in queries.captured_queries if "advisory" in query["sql"]]


# --- At once -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_requests_at_once_make_one_run(owner: User, settings: Any) -> None:
    settings.LOCK_WAIT_SECONDS = 30
    scripts = [script_of(owner) for _ in range(20)]
    outcomes = at_once(*[lambda script=script: ask(script, "a") for script in scripts])
    counted = Counter(outcome.status_code for outcome in outcomes)
    assert counted[201] == 1
    assert set(counted) <= {200, 201, 409}
    run = AgentRun.objects.get()
    assert IdempotencyKey.objects.get().run == run
    for outcome in outcomes:
        if outcome.status_code == 409:
            # Never "already running": that would be one's own run, in the way of itself.
            assert (outcome.json()["code"], outcome["Retry-After"]) == ("idempotency_key_in_use", "1")
        else:
            assert outcome.json()["id"] == str(run.pk)
    assert ask(scripts[0], "a").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_equal_requests_with_waiting_and_replacing_none_comes_twice(owner: User, settings: Any) -> None:
    """Here no slot would stop a second run: it would sit down, or push the first out."""
    settings.LOCK_WAIT_SECONDS = 30
    body = {**REHEARSAL, "on_conflict": "replace"}
    acting.pending(owner)
    scripts = [script_of(owner) for _ in range(12)]
    outcomes = at_once(*[lambda script=script: ask(script, "a", body) for script in scripts])
    assert Counter(outcome.status_code for outcome in outcomes)[201] == 1
    assert AgentRun.objects.count() == 2
    assert AgentRun.objects.filter(status=Status.CANCELLED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_process_dies_leaves_its_key_free(owner: User) -> None:
    mark = idempotency.fingerprint(RUNS, REHEARSAL)
    with transaction.atomic():
        idempotency.once(owner, "a", mark, make=lambda: acting.pending(owner), find=acting.AgentRun.objects.get)
        assert at_once(lambda: ask(script_of(owner), "a"))[0].json()["code"] == "idempotency_key_in_use"
        transaction.set_rollback(True)
    assert ask(script_of(owner), "a").status_code == 201
