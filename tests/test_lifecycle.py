"""Every verb does its work, refuses from every other status, writes its event, and rolls back whole."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django_q.models import OrmQ

from runs import lifecycle
from runs.errors import (
    AgentPaused,
    AlreadyRunning,
    InvalidInput,
    LeaseLost,
    NothingToAdopt,
    ReasonMissing,
    SeatTaken,
    UnknownAgent,
    WrongStatus,
)
from runs.lifecycle import Line
from runs.lifecycle.attempts import MOST_LINES
from runs.models import AgentRun, AgentSettings, ErrorCode, EventKind, RunEvent, Status, Trigger, User
from runs.models.run import FINAL
from runs.places import Place, this_machine
from tests import acting

pytestmark = pytest.mark.django_db

NOT_RUNNING = [status for status in Status if status != Status.RUNNING]
WORKERS_VERBS: dict[str, Callable[[lifecycle.Attempt], object]] = {
    "heartbeat": lifecycle.heartbeat,
    "progress": lambda attempt: lifecycle.progress(attempt, percent=50),
    "complete": lambda attempt: lifecycle.complete(attempt, "done", {}),
    "fail": lambda attempt: lifecycle.fail(attempt, ErrorCode.AGENT_ERROR, "Broken."),
    "stopped": lifecycle.stopped,
    "hand_back": lambda attempt: lifecycle.hand_back(attempt, "Leaving."),
    "is_cancel_requested": lifecycle.is_cancel_requested,
}


class TestTrigger:
    def test_makes_a_pending_run_with_an_event_and_a_queue_row(self, owner: User) -> None:
        run = lifecycle.trigger(owner, "rehearsal", {"act": "succeed"}, trigger=Trigger.API)

        assert (run.status, run.slot, run.trigger, run.attempt) == (Status.PENDING, 1, Trigger.API, 0)
        assert run.input["act"] == "succeed"
        assert run.input["steps"] == 5, "defaults are stored, so that the record says what was asked"
        assert acting.kinds(run) == [EventKind.TRIGGERED]
        assert run.events.get().actor == owner
        assert OrmQ.objects.get(pk=run.queue_row).args() == (str(run.pk),)

    def test_a_second_run_is_refused_and_the_first_is_named(self, owner: User) -> None:
        first = acting.pending(owner)

        with pytest.raises(AlreadyRunning) as refusal:
            acting.pending(owner)

        assert (refusal.value.active_run, refusal.value.choices) == (first, ["wait", "replace"])
        assert AgentRun.objects.count() == OrmQ.objects.count() == 1

    def test_the_refusal_does_not_offer_a_seat_that_is_taken(self, owner: User) -> None:
        seated = acting.waiting(owner)

        with pytest.raises(AlreadyRunning) as refusal:
            acting.pending(owner)

        assert (refusal.value.waiting_run, refusal.value.choices) == (seated, ["replace"])

    @pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING])
    def test_another_agent_is_refused_too(self, owner: User, status: Status) -> None:
        acting.BRING_TO[status](owner)

        with pytest.raises(AlreadyRunning):
            lifecycle.trigger(owner, "document-extractor", {})

    @pytest.mark.parametrize("status", FINAL)
    def test_an_ended_run_frees_the_slot(self, owner: User, status: Status) -> None:
        acting.BRING_TO[status](owner)

        assert acting.pending(owner).status == Status.PENDING

    def test_another_user_is_not_in_the_way(self, owner: User, stranger: User) -> None:
        acting.running(owner)

        assert acting.pending(stranger).status == Status.PENDING

    def test_an_unknown_agent_is_refused(self, owner: User) -> None:
        with pytest.raises(UnknownAgent):
            lifecycle.trigger(owner, "no-such-agent", {})

    def test_input_that_does_not_fit_names_every_fault_and_takes_no_slot(self, owner: User) -> None:
        with pytest.raises(InvalidInput) as refusal:
            lifecycle.trigger(owner, "rehearsal", {"act": "dance", "steps": "many", "surprise": 1})

        assert {error["loc"][0] for error in refusal.value.errors} == {"act", "steps", "surprise"}
        assert not AgentRun.objects.exists()

    def test_a_document_of_somebody_else_does_not_exist(self, owner: User) -> None:
        with pytest.raises(InvalidInput, match="You have no document"):
            lifecycle.trigger(owner, "document-extractor", {"document": str(uuid4())})

    def test_an_unknown_policy_is_refused(self, owner: User) -> None:
        with pytest.raises(InvalidInput, match="no policy"):
            lifecycle.trigger(owner, "policy-checker", {"policy": "no-such-policy"})

    def test_the_policy_version_in_force_is_recorded(self, owner: User) -> None:
        run = lifecycle.trigger(owner, "policy-checker", {})

        assert run.policy is not None
        assert run.policy.reference == "contract-basics@1"

    def test_a_paused_agent_says_why(self, owner: User) -> None:
        AgentSettings.objects.create(agent="rehearsal", paused_at=datetime.now(UTC), paused_reason="Moving house")

        with pytest.raises(AgentPaused, match="Moving house"):
            acting.pending(owner)

    def test_limits_of_the_operator_count(self, owner: User) -> None:
        AgentSettings.objects.create(agent="rehearsal", max_attempts=7, queue_limit_seconds=60)

        run = acting.pending(owner)

        assert run.max_attempts == 7
        assert run.expires_at is not None
        assert run.due_at is not None
        assert run.expires_at - run.due_at == timedelta(seconds=60)

    def test_rolls_back_whole_with_the_callers_transaction(self, owner: User) -> None:
        with transaction.atomic():
            acting.pending(owner)
            transaction.set_rollback(True)

        assert not AgentRun.objects.exists()
        assert not RunEvent.objects.exists()
        assert not OrmQ.objects.exists(), "a doorbell for a run that never was would ring for nothing"

    def test_text_the_database_cannot_hold_is_cleaned(self, owner: User) -> None:
        with pytest.raises(InvalidInput):
            lifecycle.trigger(owner, "policy-checker", {"policy": "a\x00b\ud800"})

    def test_a_limit_of_two_gives_two_slots_and_no_third(self, owner: User) -> None:
        owner.active_run_limit = 2
        owner.save(update_fields=["active_run_limit"])

        assert [acting.pending(owner).slot, acting.pending(owner).slot] == [1, 2]
        with pytest.raises(AlreadyRunning):
            acting.pending(owner)

    def test_lowering_the_limit_leaves_what_runs(self, owner: User) -> None:
        User.objects.filter(pk=owner.pk).update(active_run_limit=2)
        runs = [acting.pending(owner), acting.pending(owner)]
        User.objects.filter(pk=owner.pk).update(active_run_limit=1)

        lifecycle.cancel(runs[0], by=owner)

        assert acting.fresh(runs[1]).is_active
        assert acting.pending(owner).slot == 1


class TestTheSchema:
    """The promise holds even where the code is wrong."""

    def test_cannot_hold_two_active_runs_in_one_slot(self, owner: User) -> None:
        run = acting.running(owner)

        with pytest.raises(IntegrityError, match="run_one_active_per_slot"):
            AgentRun.objects.create(user=owner, agent="x", status=Status.PENDING, slot=run.slot)

    def test_cannot_hold_an_active_run_beyond_the_limit(self, owner: User) -> None:
        run = acting.running(owner)

        for change in ({"slot": 2}, {"slot": 2, "status": Status.PENDING}):
            with pytest.raises(IntegrityError, match="beyond the active_run_limit"), transaction.atomic():
                AgentRun.objects.filter(pk=run.pk).update(**change)
        with pytest.raises(IntegrityError, match="beyond the active_run_limit"):
            AgentRun.objects.create(user=owner, agent="x", status=Status.PENDING, slot=2)

    def test_lets_what_runs_go_on_under_a_lowered_limit(self, owner: User) -> None:
        User.objects.filter(pk=owner.pk).update(active_run_limit=2)
        runs = [acting.running(owner), acting.running(owner)]
        User.objects.filter(pk=owner.pk).update(active_run_limit=1)

        lifecycle.fail(acting.attempt_of(runs[1]), ErrorCode.AGENT_ERROR, "Try again.")
        acting.due(runs[1])

        assert acting.started(runs[1]).number == 2

    def test_cannot_hold_two_in_the_waiting_seat(self, owner: User) -> None:
        acting.waiting(owner)

        with pytest.raises(IntegrityError, match="run_one_waiting_per_user"):
            AgentRun.objects.create(user=owner, agent="x", status=Status.WAITING)

    def test_cannot_hold_an_active_run_without_a_slot(self, owner: User) -> None:
        with pytest.raises(IntegrityError, match="run_active_holds_slot"):
            AgentRun.objects.create(user=owner, agent="x", status=Status.RUNNING)

    def test_cannot_hold_an_ended_run_without_its_time(self, owner: User) -> None:
        with pytest.raises(IntegrityError, match="run_ended_has_time"):
            AgentRun.objects.create(user=owner, agent="x", status=Status.FAILED)


class TestWaitingSeat:
    def test_wait_takes_the_seat_and_no_queue_row(self, owner: User) -> None:
        acting.running(owner)

        run = acting.pending(owner, on_conflict="wait")

        assert (run.status, run.slot, run.queue_row) == (Status.WAITING, None, None)
        assert acting.kinds(run) == [EventKind.TRIGGERED, EventKind.SEATED]

    def test_wait_with_a_free_slot_does_not_wait(self, owner: User) -> None:
        assert acting.pending(owner, on_conflict="wait").status == Status.PENDING

    def test_the_seat_is_for_one(self, owner: User) -> None:
        first = acting.waiting(owner)

        with pytest.raises(SeatTaken) as refusal:
            acting.pending(owner, on_conflict="wait")

        assert refusal.value.waiting_run == first

    @pytest.mark.parametrize("ending", ["complete", "fail", "stopped", "force_stop"])
    def test_whoever_waits_is_promoted_however_the_active_run_ends(self, owner: User, ending: str) -> None:
        active = acting.running(owner)
        seated = acting.pending(owner, on_conflict="wait")
        attempt = acting.attempt_of(active)

        match ending:
            case "complete":
                lifecycle.complete(attempt, "done", {})
            case "fail":
                lifecycle.fail(attempt, ErrorCode.INVALID_INPUT, "No.")
            case "stopped":
                lifecycle.stopped(attempt)
            case "force_stop":
                lifecycle.force_stop(active, by=owner)

        seated = acting.fresh(seated)
        assert (seated.status, seated.slot) == (Status.PENDING, 1)
        assert acting.kinds(seated)[-1] == EventKind.PROMOTED
        assert OrmQ.objects.filter(pk=seated.queue_row).exists()

    def test_a_retry_keeps_the_slot_and_whoever_waits_goes_on_waiting(self, owner: User) -> None:
        active = acting.running(owner)
        seated = acting.pending(owner, on_conflict="wait")

        lifecycle.fail(acting.attempt_of(active), ErrorCode.AGENT_ERROR, "Try again.")

        assert acting.fresh(seated).status == Status.WAITING

    def test_a_raised_limit_lets_whoever_waits_go_first(self, owner: User) -> None:
        seated = acting.waiting(owner)
        User.objects.filter(pk=owner.pk).update(active_run_limit=2)

        with pytest.raises(AlreadyRunning):
            acting.pending(owner)

        # The refusal rolled everything back; a trigger that may wait keeps the promotion.
        newcomer = acting.pending(owner, on_conflict="wait")
        assert acting.fresh(seated).status == Status.PENDING
        assert newcomer.status == Status.WAITING


class TestReplace:
    def test_asks_the_running_one_to_stop_and_takes_the_seat(self, owner: User) -> None:
        active = acting.running(owner)

        run = acting.pending(owner, on_conflict="replace")

        active = acting.fresh(active)
        assert run.status == Status.WAITING
        assert active.is_stopping
        assert active.cancel_reason == "replaced"
        assert acting.kinds(active)[-1] == EventKind.CANCEL_REQUESTED

    def test_a_pending_one_is_cancelled_and_replaced_at_once(self, owner: User) -> None:
        active = acting.pending(owner)

        run = acting.pending(owner, on_conflict="replace")

        assert acting.fresh(active).status == Status.CANCELLED
        assert run.status == Status.PENDING

    def test_whoever_sat_there_is_cancelled_as_replaced(self, owner: User) -> None:
        seated = acting.waiting(owner)

        run = acting.pending(owner, on_conflict="replace")

        seated = acting.fresh(seated)
        assert (seated.status, seated.error) == (Status.CANCELLED, "Run was cancelled: replaced")
        assert run.is_active or run.status == Status.WAITING


class TestStart:
    def test_gives_lease_deadline_and_number(self, owner: User) -> None:
        run = acting.pending(owner)

        attempt = acting.started(run)

        run = acting.fresh(run)
        assert (attempt.number, run.attempt, run.status, run.worker) == (1, 1, Status.RUNNING, acting.WORKER)
        assert run.lease_expires_at is not None
        assert run.deadline_at is not None
        assert run.started_at is not None
        assert run.deadline_at - run.started_at == attempt.run_limit
        assert acting.kinds(run)[-1] == EventKind.STARTED

    def test_a_doorbell_that_rings_twice_starts_one_attempt(self, owner: User) -> None:
        run = acting.pending(owner)
        acting.started(run)

        assert lifecycle.start(run.pk, acting.WORKER) is None
        assert acting.fresh(run).attempt == 1

    @pytest.mark.parametrize("status", NOT_RUNNING)
    def test_only_a_pending_run_is_started(self, owner: User, status: Status) -> None:
        run = acting.BRING_TO[status](owner)

        assert (lifecycle.start(run.pk, acting.WORKER) is not None) == (status == Status.PENDING)

    def test_a_run_that_no_longer_exists_is_dropped(self) -> None:
        assert lifecycle.start(uuid4(), acting.WORKER) is None

    def test_a_doorbell_that_rings_during_the_backoff_is_dropped(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "Try again.")

        assert lifecycle.start(run.pk, acting.WORKER) is None

    def test_an_overdue_run_is_not_started(self, owner: User) -> None:
        run = acting.pending(owner)
        acting.overdue(run)

        assert lifecycle.start(run.pk, acting.WORKER) is None

    def test_the_run_limit_of_the_operator_counts(self, owner: User) -> None:
        AgentSettings.objects.create(agent="rehearsal", run_limit_seconds=33, memory_limit_mb=512)

        attempt = acting.started(acting.pending(owner))

        assert (attempt.run_limit, attempt.memory_mb) == (timedelta(seconds=33), 512)

    def test_the_originals_variable_sets_the_default_run_limit(self, owner: User, settings: Any) -> None:
        settings.LOCK_TIMEOUT_DURATION = 10

        run = lifecycle.trigger(owner, "document-extractor", {})

        assert acting.started(run).run_limit == timedelta(seconds=10)


class TestWhileRunning:
    @pytest.mark.parametrize("verb", WORKERS_VERBS)
    @pytest.mark.parametrize("status", NOT_RUNNING)
    def test_worker_without_a_running_run_is_refused(self, owner: User, status: Status, verb: str) -> None:
        run = acting.BRING_TO[status](owner)
        before = AgentRun.objects.filter(pk=run.pk).values().get()

        with pytest.raises(LeaseLost):
            WORKERS_VERBS[verb](acting.attempt_of(run))

        assert AgentRun.objects.filter(pk=run.pk).values().get() == before

    @pytest.mark.parametrize("verb", WORKERS_VERBS)
    def test_earlier_attempt_cannot_touch_a_later_one(self, owner: User, verb: str) -> None:
        run = acting.running(owner)
        earlier = acting.attempt_of(run)
        lifecycle.fail(earlier, ErrorCode.AGENT_ERROR, "Try again.")
        acting.due(run)
        assert acting.started(run).number == 2

        with pytest.raises(LeaseLost):
            WORKERS_VERBS[verb](earlier)

        assert acting.fresh(run).status == Status.RUNNING

    def test_heartbeat_renews_the_lease(self, owner: User) -> None:
        run = acting.running(owner)
        acting.lose_lease(run)

        lifecycle.heartbeat(acting.attempt_of(run))

        assert lifecycle.rescue() == 0

    def test_progress_never_goes_back(self, owner: User) -> None:
        run = acting.running(owner)
        attempt = acting.attempt_of(run)

        for percent in (40, 20, -5, 400, 60):
            lifecycle.progress(attempt, percent=percent)

        assert acting.fresh(run).progress == 100

    def test_steps_and_lines_become_events_in_order(self, owner: User) -> None:
        run = acting.running(owner)
        now = datetime.now(UTC)

        lifecycle.progress(
            acting.attempt_of(run),
            lines=[Line(now, "step", "Reading"), Line(now, "warning", "odd\x00"), Line(now, "step", "Thinking")],
        )

        assert acting.fresh(run).step == "Thinking"
        told = list(run.events.values_list("kind", "message"))[-3:]
        assert told == [("stepped", "Reading"), ("logged", "odd\N{REPLACEMENT CHARACTER}"), ("stepped", "Thinking")]

    def test_a_flood_of_lines_ends_with_a_sentence(self, owner: User) -> None:
        run = acting.running(owner)
        lines = [Line(datetime.now(UTC), "info", str(number)) for number in range(MOST_LINES - 1)]

        lifecycle.progress(acting.attempt_of(run), lines=lines)
        lifecycle.progress(acting.attempt_of(run), lines=lines[:50])
        lifecycle.progress(acting.attempt_of(run), lines=lines[:50])

        logged = run.events.filter(kind=EventKind.LOGGED)
        assert logged.count() == MOST_LINES
        last = logged.last()
        assert last is not None
        assert last.message.startswith("The log ends here")


class TestComplete:
    def test_ends_the_run_and_frees_the_slot(self, owner: User) -> None:
        run = acting.completed(owner)

        run = acting.fresh(run)
        assert (run.status, run.result, run.output, run.progress) == (Status.COMPLETED, "rehearsed", {"a": 1}, 100)
        assert run.completed_at is not None
        assert run.lease_expires_at is None
        assert acting.kinds(run)[-1] == EventKind.COMPLETED

    def test_text_the_database_cannot_hold_is_cleaned(self, owner: User) -> None:
        run = acting.running(owner)

        lifecycle.complete(acting.attempt_of(run), "a\x00", {"k\x00": ["\ud800", {"deep": "\x00"}]})

        mark = "\N{REPLACEMENT CHARACTER}"
        assert acting.fresh(run).output == {f"k{mark}": [mark, {"deep": mark}]}

    def test_an_output_that_is_no_json_leaves_the_run_untouched(self, owner: User) -> None:
        run = acting.running(owner)

        with pytest.raises(ValueError, match="nan"):
            lifecycle.complete(acting.attempt_of(run), "x", {"a": math.nan})

        assert acting.fresh(run).status == Status.RUNNING

    def test_worker_declared_lost_cannot_finish_and_its_result_is_kept_aside(self, owner: User) -> None:
        run = acting.running(owner)
        attempt = acting.attempt_of(run)
        lifecycle.force_stop(run, by=owner)

        with pytest.raises(LeaseLost):
            lifecycle.complete(attempt, "late", {"value": 1})

        run = acting.fresh(run)
        assert (run.status, run.output) == (Status.CANCELLED, None)
        late = run.events.get(kind=EventKind.LATE_RESULT)
        assert late.data == {"result": "late", "output": {"value": 1}, "summary": ""}


class TestFail:
    def test_is_tried_again_after_a_pause(self, owner: User) -> None:
        run = acting.running(owner)

        lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "Broken.", traceback="line 1")

        run = acting.fresh(run)
        assert (run.status, run.slot, run.attempt, run.error) == (Status.PENDING, 1, 1, "")
        retried = run.events.get(kind=EventKind.RETRIED)
        assert retried.message == "Broken."
        delay = retried.data["delay_seconds"]
        assert run.backoff_seconds <= delay <= 1.25 * run.backoff_seconds
        row = OrmQ.objects.get(pk=run.queue_row)
        assert row.lock is not None
        assert run.due_at is not None
        assert abs(row.lock - run.due_at) < timedelta(seconds=1), "the doorbell must not ring before the run is due"

    def test_the_pause_doubles(self, owner: User) -> None:
        run = acting.running(owner)
        delays = []
        for _ in range(2):
            lifecycle.fail(acting.attempt_of(acting.fresh(run)), ErrorCode.AGENT_ERROR, "Broken.")
            last = run.events.filter(kind=EventKind.RETRIED).last()
            assert last is not None
            delays.append(last.data["delay_seconds"])
            acting.due(run)
            acting.started(run)

        assert 2 / 1.25 <= delays[1] / delays[0] <= 2 * 1.25

    def test_the_last_attempt_ends_the_run(self, owner: User) -> None:
        run = acting.running(owner)
        AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)

        lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "Broken.", traceback="line 1")

        run = acting.fresh(run)
        assert (run.status, run.error_code, run.error) == (Status.FAILED, ErrorCode.AGENT_ERROR, "Broken.")
        assert run.traceback == "line 1"
        assert acting.pending(owner)

    @pytest.mark.parametrize("code", set(ErrorCode) - {ErrorCode.AGENT_ERROR, ErrorCode.WORKER_LOST})
    def test_what_another_try_cannot_mend_is_not_tried_again(self, owner: User, code: ErrorCode) -> None:
        run = acting.running(owner)

        lifecycle.fail(acting.attempt_of(run), code, "No.")

        assert (acting.fresh(run).status, acting.fresh(run).error_code) == (Status.FAILED, code)

    def test_an_agent_can_refuse_another_try(self, owner: User) -> None:
        run = acting.running(owner)

        lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "Never.", is_retryable=False)

        assert acting.fresh(run).status == Status.FAILED

    def test_a_run_asked_to_stop_is_not_tried_again(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.cancel(run, by=owner, reason="enough")

        lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "Broken.")

        run = acting.fresh(run)
        assert (run.status, run.error, run.ended_by) == (Status.CANCELLED, "Run was cancelled: enough", owner)


class TestHandBack:
    def test_returns_the_run_without_counting_the_attempt(self, owner: User) -> None:
        run = acting.running(owner)

        lifecycle.hand_back(acting.attempt_of(run), "Leaving.")

        handed = acting.fresh(run)
        assert (handed.status, handed.max_attempts) == (Status.PENDING, run.max_attempts + 1)
        assert acting.started(handed).number == 2

    def test_a_run_asked_to_stop_ends_instead(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.cancel(run, by=owner)

        lifecycle.hand_back(acting.attempt_of(run), "Leaving.")

        assert acting.fresh(run).status == Status.CANCELLED


class TestCancel:
    @pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING])
    def test_ends_at_once_what_no_worker_has(self, owner: User, status: Status) -> None:
        run = acting.BRING_TO[status](owner)

        run = lifecycle.cancel(run, by=owner, reason="changed my mind")

        assert (run.status, run.error) == (Status.CANCELLED, "Run was cancelled: changed my mind")
        assert not OrmQ.objects.filter(pk=run.queue_row).exists()
        assert acting.kinds(run)[-1] == EventKind.CANCELLED

    def test_asks_a_running_one(self, owner: User) -> None:
        run = acting.running(owner)

        lifecycle.cancel(run, by=owner)

        assert acting.fresh(run).is_stopping
        assert lifecycle.is_cancel_requested(acting.attempt_of(run))

    def test_asking_twice_is_harmless(self, owner: User) -> None:
        run = acting.running(owner)
        first = lifecycle.cancel(run, by=owner).cancel_requested_at

        assert lifecycle.cancel(run, by=owner).cancel_requested_at == first
        assert acting.kinds(run).count(EventKind.CANCEL_REQUESTED) == 1

    def test_the_worker_confirms(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.cancel(run, by=owner)

        lifecycle.stopped(acting.attempt_of(run))

        assert acting.fresh(run).status == Status.CANCELLED

    def test_a_result_that_was_ready_first_counts(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.cancel(run, by=owner)

        lifecycle.complete(acting.attempt_of(run), "done", {})

        assert acting.fresh(run).status == Status.COMPLETED

    @pytest.mark.parametrize("status", FINAL)
    @pytest.mark.parametrize("verb", [lifecycle.cancel, lifecycle.force_stop])
    def test_an_ended_run_is_left_as_it_is(self, owner: User, status: Status, verb: Callable[..., AgentRun]) -> None:
        run = acting.BRING_TO[status](owner)

        with pytest.raises(WrongStatus):
            verb(run, by=owner)

        assert acting.fresh(run).status == status


class TestForceStop:
    @pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING, Status.RUNNING])
    def test_ends_the_run_now_and_frees_the_slot(self, owner: User, operator: User, status: Status) -> None:
        run = acting.BRING_TO[status](owner)

        run = lifecycle.force_stop(run, by=operator, reason="hangs")

        assert (run.status, run.ended_by) == (Status.CANCELLED, operator)
        assert acting.kinds(run)[-1] == EventKind.FORCE_STOPPED


class TestAdopt:
    @pytest.fixture
    def late(self, owner: User) -> AgentRun:
        """A run that was taken from its worker, and the result that came after."""
        run = acting.running(owner)
        attempt = acting.attempt_of(run)
        lifecycle.force_stop(run, by=owner)
        with pytest.raises(LeaseLost):
            lifecycle.complete(attempt, "late", {"value": 1}, "one value")
        return acting.fresh(run)

    def test_makes_a_completed_run_of_the_late_result(self, late: AgentRun, operator: User) -> None:
        adopted = acting.fresh(lifecycle.adopt(late, by=operator, reason="it is right"))

        assert (adopted.status, adopted.result, adopted.output) == (Status.COMPLETED, "late", {"value": 1})
        assert (adopted.user, adopted.adopted_from, adopted.ended_by) == (late.user, late, operator)
        assert acting.kinds(adopted) == [EventKind.ADOPTED, EventKind.COMPLETED]
        assert acting.fresh(late).status == Status.CANCELLED, "what has ended stays as it ended"
        assert acting.kinds(late)[-1] == EventKind.ADOPTED

    def test_needs_no_slot_and_no_worker(self, late: AgentRun, owner: User) -> None:
        active, messages = acting.running(owner), OrmQ.objects.count()

        lifecycle.adopt(late, by=owner, reason="it is right")

        assert acting.fresh(active).status == Status.RUNNING
        assert OrmQ.objects.count() == messages

    def test_needs_a_reason(self, late: AgentRun, owner: User) -> None:
        with pytest.raises(ReasonMissing):
            lifecycle.adopt(late, by=owner, reason=" ")

    def test_adopts_once(self, late: AgentRun, owner: User) -> None:
        lifecycle.adopt(late, by=owner, reason="it is right")

        with pytest.raises(NothingToAdopt):
            lifecycle.adopt(late, by=owner, reason="again")

    @pytest.mark.parametrize("status", FINAL)
    def test_there_must_be_a_late_result(self, owner: User, status: Status) -> None:
        with pytest.raises(NothingToAdopt):
            lifecycle.adopt(acting.BRING_TO[status](owner), by=owner, reason="why not")

    def test_a_run_that_goes_on_is_not_adopted_from(self, owner: User) -> None:
        with pytest.raises(WrongStatus):
            lifecycle.adopt(acting.running(owner), by=owner, reason="why not")


class TestRescue:
    def test_a_lost_attempt_is_tried_again_with_the_evidence(self, owner: User) -> None:
        run = acting.running(owner)
        acting.lose_lease(run)

        assert lifecycle.rescue() == 1

        assert acting.fresh(run).status == Status.PENDING
        evidence = run.events.get(kind=EventKind.RETRIED).data
        assert evidence["code"] == ErrorCode.WORKER_LOST
        assert evidence["worker"] == acting.WORKER
        assert datetime.fromisoformat(evidence["last_heartbeat"]) < datetime.now(UTC)

    def test_the_last_attempt_lost_ends_the_run(self, owner: User) -> None:
        run = acting.running(owner)
        AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)
        acting.lose_lease(run)

        lifecycle.rescue()

        assert acting.fresh(run).error_code == ErrorCode.WORKER_LOST

    def test_a_worker_of_this_machine_whose_process_has_ended_is_lost_at_once(self, owner: User) -> None:
        run = acting.pending(owner)
        with subprocess.Popen(["sleep", "60"]) as worker:
            place = Place(this_machine(), worker.pid, Path(f"/proc/{worker.pid}/stat").read_text().split()[21])
            lifecycle.start(run.pk, acting.WORKER, str(place))
            assert lifecycle.rescue() == 0
            worker.kill()

        assert lifecycle.rescue() == 1

        evidence = run.events.get(kind=EventKind.RETRIED).data
        assert evidence["process_ended"] is True
        assert acting.fresh(run).status == Status.PENDING

    def test_no_lease_counts_while_the_database_is_younger_than_one(self, owner: User, settings: Any) -> None:
        """While it was away, nobody could renew one."""
        run = acting.running(owner)
        AgentRun.objects.filter(pk=run.pk).update(lease_expires_at=Now() - timedelta(seconds=1))
        settings.LEASE_SECONDS = 24 * 3600

        assert lifecycle.rescue() == 0
        assert acting.fresh(run).status == Status.RUNNING

    def test_a_worker_of_another_machine_is_judged_by_its_lease_alone(self, owner: User) -> None:
        run = acting.pending(owner)
        lifecycle.start(run.pk, acting.WORKER, "another-boot:1/1@1")

        assert lifecycle.rescue() == 0

    def test_a_run_that_does_not_stop_in_time_is_stopped_by_force(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.cancel(run, by=owner, reason="enough")
        run = acting.fresh(run)
        assert run.stops_by is not None
        AgentRun.objects.filter(pk=run.pk).update(stops_by=Now() - timedelta(seconds=1))

        assert lifecycle.rescue() == 1

        run = acting.fresh(run)
        assert (run.status, run.error, run.ended_by) == (Status.CANCELLED, "Run was cancelled: enough", owner)
        assert acting.kinds(run)[-1] == EventKind.FORCE_STOPPED

    def test_a_lost_run_that_was_asked_to_stop_ends_as_cancelled(self, owner: User) -> None:
        run = acting.running(owner)
        lifecycle.cancel(run, by=owner)
        acting.lose_lease(run)

        lifecycle.rescue()

        assert acting.fresh(run).status == Status.CANCELLED

    def test_a_run_that_waited_too_long_expires(self, owner: User) -> None:
        run = acting.pending(owner)
        acting.overdue(run)

        lifecycle.rescue()

        run = acting.fresh(run)
        assert (run.status, run.error_code) == (Status.FAILED, ErrorCode.EXPIRED)
        assert run.error == "No worker took the run up within 3600 s."

    def test_a_pending_run_without_queue_row_is_enqueued_again(self, owner: User) -> None:
        run = acting.pending(owner)
        OrmQ.objects.all().delete()

        assert lifecycle.rescue() == 1

        run = acting.fresh(run)
        assert OrmQ.objects.filter(pk=run.queue_row).exists()
        assert acting.kinds(run)[-1] == EventKind.REQUEUED

    def test_a_raised_limit_lets_whoever_waits_begin(self, owner: User) -> None:
        seated = acting.waiting(owner)
        User.objects.filter(pk=owner.pk).update(active_run_limit=2)

        lifecycle.rescue()

        assert (acting.fresh(seated).status, acting.fresh(seated).slot) == (Status.PENDING, 2)

    def test_leaves_alone_what_is_well(self, owner: User, stranger: User) -> None:
        acting.running(owner)
        acting.waiting(stranger)

        assert lifecycle.rescue() == 0

    def test_a_trigger_that_meets_a_lost_run_frees_the_slot_itself(self, owner: User) -> None:
        run = acting.running(owner)
        AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)
        acting.lose_lease(run)

        assert acting.pending(owner).status == Status.PENDING
        assert acting.fresh(run).status == Status.FAILED


class TestRerun:
    def test_asks_for_the_same_again(self, owner: User, operator: User) -> None:
        run = lifecycle.trigger(owner, "rehearsal", {"steps": 2})
        lifecycle.cancel(run, by=owner)

        again = lifecycle.rerun(run, by=operator)

        assert (again.user, again.rerun_of, again.trigger) == (owner, run, Trigger.RERUN)
        assert again.input == run.input
        assert again.events.get().actor == operator
