"""The doctor sees runs in the wrong slot, in the wrong seat, or with nobody to answer for them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from runs.doctor import State
from runs.models import AgentRun, Status, User
from runs.places import Place
from tests import acting
from tests.doctor.looking import finding, is_fine, repaired, sql, text

LONG_AGO = Now() - timedelta(minutes=5)
CHECKS = ["slots", "waiting seats", "leases", "queue limit", "doorbells", "orphaned messages"]


def change(run: AgentRun, **columns: object) -> AgentRun:
    AgentRun.objects.filter(pk=run.pk).update(**columns)
    return acting.fresh(run)


@pytest.mark.parametrize("name", CHECKS)
def test_runs_in_every_status_are_fine(owner: User, stranger: User, operator: User, name: str) -> None:
    acting.completed(owner)
    acting.failed(owner)
    acting.cancelled(owner)
    acting.running(owner)
    acting.waiting(owner)
    acting.pending(stranger)

    assert is_fine(name), text(finding(name))


# --- Slots


def test_two_runs_in_one_slot_are_found(owner: User) -> None:
    acting.running(owner)
    sql("DROP INDEX run_one_active_per_slot")
    twin = acting.completed(User.objects.create_user("other"))
    change(twin, user=owner, slot=1, status=Status.PENDING, completed_at=None)

    found = finding("slots")

    assert (found.state, found.cases) == (State.TROUBLE, ("owner has 2 runs in slot 1",))


def test_a_slot_above_the_limit_is_found_where_nothing_guards_it(owner: User) -> None:
    run = acting.running(owner)
    sql("ALTER TABLE runs_agentrun DISABLE TRIGGER USER")
    change(run, slot=2)

    assert "is in slot 2 of 1" in text(finding("slots"))


def test_a_limit_lowered_while_runs_went_on_is_no_trouble(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(active_run_limit=2)
    acting.pending(owner)
    acting.pending(owner)
    User.objects.filter(pk=owner.pk).update(active_run_limit=1)

    found = finding("slots")

    assert found.state == State.OK
    assert "1 run above a limit lowered meanwhile" in found.sentence


# --- The waiting seat


def test_a_run_that_waits_for_a_free_slot_is_found_and_promoted(owner: User) -> None:
    acting.running(owner)
    waiting = acting.waiting(owner)
    User.objects.filter(pk=owner.pk).update(active_run_limit=2)

    assert "waits although a slot is free" in text(finding("waiting seats"))
    assert repaired("waiting seats").state == State.REPAIRED
    assert acting.fresh(waiting).status == Status.PENDING


def test_two_runs_in_one_seat_are_found_and_left_to_people(owner: User) -> None:
    acting.running(owner)
    acting.waiting(owner)
    sql("DROP INDEX run_one_waiting_per_user")
    twin = acting.completed(User.objects.create_user("other"))
    change(twin, user=owner, slot=None, status=Status.WAITING, completed_at=None)

    found = finding("waiting seats")

    assert found.cases == ("owner has 2 waiting runs",)
    assert found.repair is None


# --- Leases


def test_a_lease_that_ran_out_unnoticed_is_found_and_rescued(owner: User) -> None:
    run = change(acting.running(owner), lease_expires_at=LONG_AGO)

    assert "its lease ran out 300 s ago" in text(finding("leases"))
    assert repaired("leases").state == State.REPAIRED
    assert acting.fresh(run).status == Status.PENDING


def test_a_lease_that_ran_out_this_second_is_about_to_be_rescued(owner: User) -> None:
    change(acting.running(owner), lease_expires_at=Now() - timedelta(seconds=1))

    assert is_fine("leases")


def test_a_run_without_a_lease_is_found(owner: User) -> None:
    change(acting.running(owner), lease_expires_at=None)

    assert "has no lease" in text(finding("leases"))


def test_a_run_that_should_have_stopped_is_found_and_stopped(owner: User) -> None:
    run = change(acting.running(owner), cancel_requested_at=LONG_AGO, stops_by=LONG_AGO)

    assert "should have stopped 300 s ago" in text(finding("leases"))
    assert repaired("leases").state == State.REPAIRED
    assert acting.fresh(run).status == Status.CANCELLED


def test_a_run_that_is_stopping_is_counted(owner: User) -> None:
    change(acting.running(owner), cancel_requested_at=Now(), stops_by=Now() + timedelta(seconds=9))

    assert "1 of them stopping" in finding("leases").sentence


def test_a_worker_that_ended_on_this_machine_is_found_before_its_lease_runs_out(owner: User) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        ended = Place(Place.here().machine, process.pid, "0")
        process.communicate(b"\n")
    run = change(acting.running(owner), worker_place=str(ended))

    assert "on this machine has ended" in text(finding("leases"))
    assert repaired("leases").state == State.REPAIRED
    assert acting.fresh(run).status == Status.PENDING


def test_a_living_worker_on_this_machine_is_fine(owner: User) -> None:
    assert Place.here().pid == os.getpid()
    change(acting.running(owner), worker_place=str(Place.here()))

    assert is_fine("leases")


def test_an_attempt_beyond_its_deadline_under_a_living_worker_is_left_to_people(owner: User) -> None:
    change(acting.running(owner), deadline_at=LONG_AGO)

    found = finding("leases")

    assert "runs beyond its deadline" in text(found)
    assert "cancelrun --force" in found.remedy
    assert found.repair is None


# --- The queue limit


def test_a_run_that_waited_too_long_is_found_and_ended(owner: User) -> None:
    run = change(acting.pending(owner), expires_at=LONG_AGO, due_at=Now() - timedelta(hours=1))

    assert "should have expired 300 s ago" in text(finding("queue limit"))
    assert repaired("queue limit").state == State.REPAIRED
    assert acting.fresh(run).error_code == "expired"
