"""Many at once: real threads, real connections, a barrier, and the outcomes counted."""

from __future__ import annotations

import contextlib
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Count
from django_q.models import OrmQ

from runs import lifecycle, policies, tokens, uploads, webhooks
from runs.access import Caller, user_acted_for
from runs.errors import AgentSiteError
from runs.models import AgentRun, ApiToken, Document, ErrorCode, EventKind, Policy, Scope, Status, User, Webhook
from runs.models.run import ACTIVE
from runs.webhooks import hooks
from tests import acting

pytestmark = pytest.mark.django_db(transaction=True)

ENDINGS = {EventKind.COMPLETED, EventKind.FAILED, EventKind.CANCELLED, EventKind.FORCE_STOPPED}


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Begin all actions at the same instant, each on a connection of its own.

    What each returned, or the refusal it raised; anything else it raised is raised here.
    """
    barrier = threading.Barrier(len(actions))
    outcomes: list[Any] = [None] * len(actions)

    def act(number: int, action: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(60)
            outcomes[number] = action()
        except BaseException as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, AgentSiteError):
            raise outcome
    return outcomes


def names(outcomes: Sequence[Any]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    """Two cores and fifty threads: the lock wait is not what these tests are about."""
    settings.LOCK_WAIT_SECONDS = 30


class TestTriggers:
    def test_fifty_at_once_for_one_user_make_one_run(self, owner: User) -> None:
        outcomes = at_once(*[lambda: acting.pending(owner)] * 50)

        assert names(outcomes) == {"AgentRun": 1, "AlreadyRunning": 49}
        assert AgentRun.objects.count() == OrmQ.objects.count() == 1

    def test_fifty_users_at_once_make_fifty_runs(self, db: None) -> None:
        users = User.objects.bulk_create([User(username=f"user-{number}") for number in range(50)])

        outcomes = at_once(*[lambda user=user: acting.pending(user) for user in users])

        assert names(outcomes) == {"AgentRun": 50}
        assert AgentRun.objects.values("user").distinct().count() == OrmQ.objects.count() == 50

    def test_three_slots_take_three(self, owner: User) -> None:
        User.objects.filter(pk=owner.pk).update(active_run_limit=3)

        outcomes = at_once(*[lambda: acting.pending(owner)] * 20)

        assert names(outcomes) == {"AgentRun": 3, "AlreadyRunning": 17}
        assert sorted(AgentRun.objects.values_list("slot", flat=True)) == [1, 2, 3]

    def test_the_seat_is_for_one(self, owner: User) -> None:
        acting.running(owner)

        outcomes = at_once(*[lambda: acting.pending(owner, on_conflict="wait")] * 20)

        assert names(outcomes) == {"AgentRun": 1, "SeatTaken": 19}

    def test_replacing_each_other_leaves_one_in_the_seat(self, owner: User) -> None:
        acting.running(owner)

        outcomes = at_once(*[lambda: acting.pending(owner, on_conflict="replace")] * 20)

        assert names(outcomes) == {"AgentRun": 20}
        statuses = Counter(AgentRun.objects.values_list("status", flat=True))
        assert statuses == {Status.RUNNING: 1, Status.WAITING: 1, Status.CANCELLED: 19}

    def test_of_fifty_at_once_the_quota_lets_exactly_its_number_through(self, owner: User) -> None:
        User.objects.filter(pk=owner.pk).update(daily_run_limit=7)
        acting.running(owner)

        outcomes = at_once(*[lambda: acting.pending(owner, on_conflict="replace")] * 50)

        assert names(outcomes) == {"AgentRun": 6, "QuotaUsedUp": 44}
        assert AgentRun.objects.count() == User.objects.get(pk=owner.pk).runs_counted == 7

    def test_of_fifty_at_once_the_rate_lets_exactly_its_number_through(self, owner: User) -> None:
        User.objects.filter(pk=owner.pk).update(trigger_rate_limit=1)

        outcomes = at_once(*[lambda: acting.pending(owner, on_conflict="replace")] * 50)

        assert names(outcomes) == {"AgentRun": 1, "RateLimited": 49}
        assert AgentRun.objects.count() == User.objects.get(pk=owner.pk).runs_counted == 1

    def test_a_new_user_named_by_many_at_once_is_made_once(self, db: None) -> None:
        user_id = uuid4()

        outcomes = at_once(*[lambda: user_acted_for(Caller(None), user_id)] * 10)

        assert {user.pk for user in outcomes} == {user_id}

    def test_the_same_policy_asked_for_first_by_many_at_once_is_published_once(self, db: None) -> None:
        outcomes = at_once(*[lambda: policies.resolve("contract-basics")] * 10)

        assert len({policy.pk for policy in outcomes}) == 1
        assert Policy.objects.filter(name="contract-basics").count() == 1

    def test_of_many_who_publish_from_the_same_version_one_is_first_and_the_others_are_told(self, db: None) -> None:
        source = policies.resolve("contract-basics").source

        outcomes = at_once(*[lambda: policies.publish(source, based_on=1)] * 10)

        assert names(outcomes) == {"Policy": 1, "PolicyMovedOn": 9}
        assert policies.resolve("contract-basics").version == 2

    def test_the_same_file_uploaded_by_many_at_once_is_one_document(self, owner: User) -> None:
        outcomes = at_once(*[lambda: uploads.keep(ContentFile(b"The same text.", name="a.txt"), owner)] * 8)

        assert len({document.pk for document in outcomes}) == 1
        document = Document.objects.get()
        with document.file.open("rb") as file:
            assert file.read() == b"The same text."


class TestDeliveries:
    def test_a_doorbell_heard_by_many_workers_starts_one_attempt(self, owner: User) -> None:
        run = acting.pending(owner)

        outcomes = at_once(*[lambda: lifecycle.start(run.pk, acting.WORKER)] * 12)

        assert names(outcomes) == {"Attempt": 1, "NoneType": 11}

    def test_start_and_cancel_agree(self, owner: User) -> None:
        for _ in range(15):
            run = acting.pending(owner)

            attempt, _cancelled = at_once(
                lambda run=run: lifecycle.start(run.pk, acting.WORKER),
                lambda run=run: lifecycle.cancel(run, by=owner),
            )

            run = acting.fresh(run)
            if attempt is None:
                assert run.status == Status.CANCELLED
            else:
                assert run.is_stopping, "the worker that has it must learn that it was cancelled"
                lifecycle.stopped(attempt)

    def test_many_endings_at_once_are_one_ending(self, owner: User) -> None:
        for _ in range(10):
            run = acting.running(owner)
            attempt = acting.attempt_of(run)
            acting.lose_lease(run)

            at_once(
                lambda attempt=attempt: lifecycle.complete(attempt, "done", {}),
                lambda attempt=attempt: lifecycle.fail(attempt, ErrorCode.INVALID_INPUT, "No."),
                lambda run=run: lifecycle.force_stop(run, by=owner),
                lifecycle.rescue,
                lambda attempt=attempt: lifecycle.stopped(attempt),
            )

            endings = [kind for kind in acting.kinds(run) if kind in ENDINGS or kind == EventKind.RETRIED]
            assert len(endings) == 1
            if acting.fresh(run).is_active:
                lifecycle.cancel(run, by=owner)

    def test_completion_cancel_and_trigger_at_once_never_lose_whoever_waits(self, owner: User) -> None:
        for _ in range(10):
            active = acting.running(owner)
            seated = acting.pending(owner, on_conflict="wait")
            attempt = acting.attempt_of(active)

            outcomes = at_once(
                lambda attempt=attempt: lifecycle.complete(attempt, "done", {}),
                lambda active=active: lifecycle.cancel(active, by=owner),
                lambda: acting.pending(owner),
            )

            assert names(outcomes)["AlreadyRunning"] == 1, "the one who waited was there first"
            assert acting.fresh(seated).status == Status.PENDING
            lifecycle.cancel(seated, by=owner)

    def test_rescue_from_many_clusters_at_once_touches_a_run_once(self, owner: User) -> None:
        run = acting.running(owner)
        acting.lose_lease(run)

        outcomes = at_once(*[lifecycle.rescue] * 8)

        assert sum(outcomes) == 1
        assert acting.kinds(run).count(EventKind.RETRIED) == 1


class TestEverythingAtOnce:
    """Random verbs from many threads: the invariants hold at every look."""

    @pytest.mark.parametrize(
        ("seed", "user_count", "steps"),
        [(1, 4, 60), (2, 4, 60), pytest.param(3, 20, 200, marks=pytest.mark.slow)],
    )
    def test_never_more_active_runs_than_the_limit_and_every_run_ends_once(
        self, seed: int, user_count: int, steps: int, db: None
    ) -> None:
        users = User.objects.bulk_create(
            [User(username=f"user-{number}", active_run_limit=1 + number % 2) for number in range(user_count)]
        )
        limits = {user.pk: user.active_run_limit for user in users}

        dice = [random.Random(f"{seed}/{number}") for number in range(8)]
        at_once(*[lambda die=die: self.wander(die, steps, users, limits) for die in dice])

        assert_nobody_over(limits)
        for run in AgentRun.objects.all():
            assert_legal_history(run)
        pending = AgentRun.objects.filter(status=Status.PENDING)
        assert OrmQ.objects.filter(pk__in=pending.values("queue_row")).count() == pending.count()

    def wander(self, dice: random.Random, steps: int, users: list[User], limits: dict[Any, int]) -> None:
        for _ in range(steps):
            user = dice.choice(users)
            with contextlib.suppress(AgentSiteError):
                self.act(dice, user)
            if dice.random() < 0.2:
                assert_nobody_over(limits)

    def act(self, dice: random.Random, user: User) -> None:
        open_runs = list(AgentRun.objects.filter(user=user, status__in=[Status.WAITING, *ACTIVE]))
        run = dice.choice(open_runs) if open_runs else None
        match dice.randrange(9):
            case 0 | 1:
                acting.pending(user)
            case 2:
                acting.pending(user, on_conflict=dice.choice(["wait", "replace"]))
            case 3 if run:
                lifecycle.start(run.pk, acting.WORKER)
            case 4 if run:
                lifecycle.cancel(run, by=user)
            case 5 if run:
                lifecycle.force_stop(run, by=user)
            case 6 if run:
                lifecycle.complete(acting.attempt_of(run), "done", {})
            case 7 if run:
                lifecycle.fail(
                    acting.attempt_of(run), dice.choice([ErrorCode.AGENT_ERROR, ErrorCode.INVALID_INPUT]), "No."
                )
            case _:
                if run and run.status == Status.RUNNING and dice.random() < 0.5:
                    acting.lose_lease(run)
                lifecycle.rescue()


LETTERS = {
    EventKind.TRIGGERED: "t",
    EventKind.SEATED: "w",
    EventKind.PROMOTED: "p",
    EventKind.STARTED: "s",
    EventKind.CANCEL_REQUESTED: "c",
    EventKind.RETRIED: "r",
    EventKind.REQUEUED: "q",
    # A displaced attempt's result may come at any time, also while a later attempt runs.
    EventKind.LATE_RESULT: "",
    **dict.fromkeys(ENDINGS, "e"),
}
LEGAL = re.compile(r"t(wp?)?q*(sc?rq*)*(sc?)?e?")
"""Triggered; perhaps seated and promoted; attempts that were retried; one end, and nothing after it."""


def assert_legal_history(run: AgentRun) -> None:
    history = "".join(LETTERS[kind] for kind in acting.kinds(run))
    assert LEGAL.fullmatch(history), history
    assert ("e" in history) == run.is_final, history


def assert_nobody_over(limits: dict[Any, int]) -> None:
    """One statement, one snapshot: what is active now, user by user."""
    active = AgentRun.objects.filter(status__in=ACTIVE).values("user").annotate(count=Count("pk"))
    for row in active.order_by("user"):
        assert row["count"] <= limits[row["user"]]


def test_requests_at_once_make_no_more_tokens_and_webhooks_than_a_user_may_have(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST", 3)
    at_once(*[lambda: tokens.issue(owner, "script", scopes=[Scope.RUNS_READ])] * 8)
    assert ApiToken.objects.count() == 3

    for _ in range(webhooks.MOST_WEBHOOKS - 1):
        Webhook.objects.create(user=owner, url="https://e.example/", events=["run.failed"], sealed_secret="-")
    # Whoever is refused because others are looking theirs up would be no competition.
    monkeypatch.setattr(hooks, "_looking_up", threading.BoundedSemaphore(8))
    address = "https://8.8.8.8/hook"
    at_once(*[lambda: webhooks.create(owner, address, ["run.failed"])] * 8)
    assert Webhook.objects.count() == webhooks.MOST_WEBHOOKS
