"""What is due becomes one run, whoever looks and whatever happens meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from runs import lifecycle, pausing, schedules
from runs.agents import AGENTS
from runs.lifecycle.transitions import locked
from runs.models import AgentRun, Document, EventKind, Schedule, Trigger, User
from tests import acting
from tests.schedules.keeping import BEFORE, NINE, fresh, scheduled

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
SOON = NINE + timedelta(milliseconds=400)


def runs_of(schedule: Schedule) -> list[AgentRun]:
    return list(schedule.runs.order_by("created_at"))


def end_all(user: User) -> None:
    for run in user.runs.exclude(status="cancelled"):
        lifecycle.force_stop(run, by=user) if run.is_active else None


def served_until_paused(schedule: Schedule, start: datetime = NINE) -> int:
    """Serve one time after the other; at how many it has paused itself."""
    for count in range(1, 12):
        schedules.fire(start + count * A_DAY)
        if fresh(schedule).is_paused:
            return count
    return 0


def test_what_is_due_becomes_a_run_that_knows_its_schedule(owner: User) -> None:
    schedule = scheduled(owner)
    assert schedule.next_run_at == NINE
    assert schedules.fire(NINE - timedelta(microseconds=1)) == 0

    assert schedules.fire(SOON) == 1

    (run,) = runs_of(schedule)
    assert (run.trigger, run.scheduled_for, run.user, run.input["seconds"]) == (Trigger.SCHEDULE, NINE, owner, 0)
    event = run.events.get(kind=EventKind.TRIGGERED)
    assert (event.actor, event.message) == (owner, "Scheduled: Nightly")
    after = fresh(schedule)
    assert (after.next_run_at, after.last_due_at, after.last_triggered_at) == (NINE + A_DAY, NINE, SOON)
    assert (after.last_run, after.refusal_count, after.last_refusal) == (run, 0, "")


def test_a_time_is_served_once_however_often_it_rings(owner: User) -> None:
    schedule = scheduled(owner)
    assert [schedules.fire(SOON) for _ in range(3)] == [1, 0, 0]
    assert len(runs_of(schedule)) == 1


def test_times_missed_while_nothing_ran_are_caught_up_once(owner: User) -> None:
    schedule = scheduled(owner)
    schedules.fire(NINE + 10 * A_DAY + timedelta(hours=1))

    (run,) = runs_of(schedule)
    assert run.scheduled_for == NINE
    assert run.events.get(kind=EventKind.TRIGGERED).message == (
        "Scheduled: Nightly. Due at 2027-01-04 09:00 UTC, and for 10 other times missed since"
    )
    assert fresh(schedule).next_run_at == NINE + 11 * A_DAY


def test_the_database_refuses_a_second_run_for_one_time(owner: User, stranger: User) -> None:
    schedule = scheduled(owner)
    schedules.fire(SOON)
    with pytest.raises(IntegrityError, match="run_once_per_scheduled_time"), transaction.atomic():
        lifecycle.trigger(stranger, "rehearsal", {}, schedule=schedule, scheduled_for=NINE)


def test_a_change_that_meets_the_firing_brings_no_second_run(owner: User) -> None:
    """It counts from its own moment, just before the time that has been served meanwhile."""
    schedule = scheduled(owner)
    schedules.fire(SOON)
    end_all(owner)
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=NINE)

    schedules.fire(SOON)

    assert len(runs_of(schedule)) == 1
    assert fresh(schedule).next_run_at == NINE + A_DAY


def test_a_paused_schedule_triggers_nothing_and_catches_nothing_up(owner: User) -> None:
    schedule = scheduled(owner)
    schedules.pause(schedule, by=owner, now=BEFORE)
    assert schedules.fire(NINE + 3 * A_DAY) == 0
    resumed = schedules.resume(schedule, by=owner, now=NINE + 3 * A_DAY)
    assert resumed.next_run_at == NINE + 4 * A_DAY
    assert runs_of(schedule) == []


# --- Overlap


def test_a_run_in_the_way_is_an_entry_in_the_schedule(owner: User) -> None:
    schedule = scheduled(owner)
    acting.running(owner)

    schedules.fire(SOON)

    after = fresh(schedule)
    assert (after.last_refusal_code, after.last_refusal) == ("already_running", "Your run of Rehearsal was active.")
    assert (after.refusal_count, after.last_refused_at, after.next_run_at) == (1, SOON, NINE + A_DAY)
    assert runs_of(schedule) == []


def test_who_waits_takes_the_seat_and_a_taken_seat_refuses(owner: User) -> None:
    schedule = scheduled(owner, on_conflict="wait")
    acting.running(owner)
    schedules.fire(SOON)
    (run,) = runs_of(schedule)
    assert run.status == "waiting"

    schedules.fire(SOON + A_DAY)

    assert fresh(schedule).last_refusal_code == "seat_taken"
    assert len(runs_of(schedule)) == 1


def test_who_replaces_asks_the_active_run_to_stop(owner: User) -> None:
    schedule = scheduled(owner, on_conflict="replace")
    active = acting.running(owner)
    schedules.fire(SOON)
    assert acting.fresh(active).is_stopping
    assert [run.status for run in runs_of(schedule)] == ["waiting"]


def test_being_busy_never_pauses_a_schedule_and_a_run_ends_the_count(owner: User) -> None:
    schedule = scheduled(owner)
    active = acting.running(owner)
    assert served_until_paused(schedule) == 0
    assert fresh(schedule).refusal_count == 11
    lifecycle.force_stop(active, by=owner)

    schedules.fire(NINE + 20 * A_DAY)

    assert (fresh(schedule).refusal_count, fresh(schedule).last_refusal) == (0, "")


# --- What does not mend by itself


def lose_its_document(schedule: Schedule) -> str:
    document = Document.objects.create(owner=schedule.user, name="a.txt", sha256="a", size=1, media_type="text/plain")
    Schedule.objects.filter(pk=schedule.pk).update(
        agent="document-extractor", input={"document": str(document.pk)}, document=document
    )
    document.delete()
    return "Its document has been deleted: choose another."


def lose_its_agent(schedule: Schedule) -> str:
    Schedule.objects.filter(pk=schedule.pk).update(agent="retired")
    return "There is no agent named 'retired'."


def outlive_its_input(schedule: Schedule) -> str:
    Schedule.objects.filter(pk=schedule.pk).update(input={"colour": "red"})
    return "Colour: Extra inputs are not permitted."


def outlive_its_user(schedule: Schedule) -> str:
    User.objects.filter(pk=schedule.user_id).update(is_active=False)
    return "This user has been deactivated."


@pytest.mark.parametrize("spoil", [lose_its_document, lose_its_agent, outlive_its_input, outlive_its_user])
def test_what_does_not_mend_by_itself_is_said_and_pauses_the_schedule(
    owner: User, spoil: Callable[[Schedule], str]
) -> None:
    schedule = scheduled(owner)
    said = spoil(schedule)
    schedules.fire(SOON)
    assert (fresh(schedule).last_refusal, fresh(schedule).is_paused) == (said, False)

    assert served_until_paused(schedule) == 4

    after = fresh(schedule)
    assert after.paused_reason == f"Refused 5 times. {said}"
    assert (after.paused_by, after.next_run_at, after.refusal_count) == (None, None, 5)
    assert AgentRun.objects.count() == 0


def test_a_paused_agent_is_waited_for(owner: User, operator: User) -> None:
    schedule = scheduled(owner)
    pausing.pause("rehearsal", by=operator, reason="Back at noon")
    assert served_until_paused(schedule) == 0
    assert fresh(schedule).last_refusal == "Rehearsal is paused: Back at noon"


def test_one_that_nobody_can_serve_does_not_stand_in_the_way(
    owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(AGENTS["rehearsal"].Input):  # type: ignore[name-defined, misc]
        @classmethod
        def model_validate(cls, *args: object, **options: object) -> object:
            raise RuntimeError("an agent's own mistake")

    schedule, other = scheduled(owner), scheduled(stranger, agent="document-extractor", input={})
    monkeypatch.setattr(AGENTS["rehearsal"], "Input", Broken)

    schedules.fire(SOON)

    assert fresh(schedule).last_refusal_code == "site_fault"
    assert fresh(schedule).next_run_at == NINE + A_DAY
    assert len(runs_of(other)) == 1
    assert "an agent's own mistake" in caplog.text


# --- Several at once


def at_once(count: int, do: Callable[[], object], blocker: DjangoDbBlocker) -> list[object]:
    """What ``count`` threads get that start together."""
    barrier, results = threading.Barrier(count), []

    def act() -> None:
        with blocker.unblock():
            barrier.wait()
            results.append(do())
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_many_clusters_that_look_at_once_one_serves_each_time(django_db_blocker: DjangoDbBlocker) -> None:
    kept = [scheduled(User.objects.create_user(f"user {number}")) for number in range(10)]
    for day in range(3):
        at = SOON + day * A_DAY
        served = at_once(6, lambda at=at: schedules.fire(at), django_db_blocker)  # type: ignore[misc]
        assert sum(served) == 10, served  # type: ignore[arg-type]
        for schedule in kept:
            end_all(schedule.user)
    times = Counter((run.schedule_id, run.scheduled_for) for run in AgentRun.objects.all())
    assert len(times) == 30
    assert set(times.values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_who_is_changing_their_runs_gets_their_turn_later_and_loses_nothing(
    owner: User, stranger: User, settings: object, django_db_blocker: DjangoDbBlocker
) -> None:
    settings.LOCK_WAIT_SECONDS = 0.05  # type: ignore[attr-defined]
    schedule, other = scheduled(owner), scheduled(stranger)
    with locked(owner.pk):
        assert at_once(1, lambda: schedules.fire(SOON), django_db_blocker) == [1]
    assert (fresh(schedule).next_run_at, len(runs_of(other))) == (NINE, 1)

    schedules.fire(SOON + timedelta(seconds=1))

    assert [run.scheduled_for for run in runs_of(schedule)] == [NINE]


@pytest.mark.django_db(transaction=True)
def test_who_dies_before_the_commit_has_done_nothing(owner: User, django_db_blocker: DjangoDbBlocker) -> None:
    schedule = scheduled(owner)

    def die() -> object:
        with transaction.atomic():
            served = schedules.fire(SOON)
            connection.connection.close()  # type: ignore[union-attr]
            transaction.set_rollback(True)
        return served

    assert at_once(1, die, django_db_blocker) == [1]
    assert (fresh(schedule).next_run_at, runs_of(schedule)) == (NINE, [])

    schedules.fire(SOON)

    assert len(runs_of(schedule)) == 1


# --- Checks


def test_what_would_be_refused_is_said_within_the_hour(owner: User) -> None:
    schedule = scheduled(owner)
    lose_its_agent(schedule)
    schedules.fire(BEFORE + timedelta(minutes=5))
    assert fresh(schedule).fault == "", "it has just been checked"

    schedules.fire(BEFORE + timedelta(minutes=61))

    assert fresh(schedule).fault == "There is no agent named 'retired'."
    Schedule.objects.filter(pk=schedule.pk).update(agent="rehearsal")
    schedules.fire(BEFORE + timedelta(minutes=123))
    assert fresh(schedule).fault == ""
