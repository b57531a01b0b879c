"""The doctor sees where the queue and the runs disagree."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django_q.conf import Conf
from django_q.models import OrmQ

from runs import queue
from runs.broker.messages import parked_key
from runs.doctor import State
from runs.models import AgentRun, EventKind, User
from tests import acting
from tests.doctor.looking import finding, is_fine, repaired, text

CHECKS = ["doorbells", "orphaned messages", "parked messages", "signatures"]
LONG_AGO = Now() - timedelta(minutes=5)


def orphan(**columns: object) -> int:
    """A message for a run that there is not."""
    row = queue.enqueue(uuid.uuid4())
    OrmQ.objects.filter(pk=row).update(**{"lock": LONG_AGO, **columns})
    return row


@pytest.mark.parametrize("name", CHECKS)
def test_a_queue_in_order_is_fine(owner: User, stranger: User, name: str) -> None:
    acting.pending(owner)
    acting.running(stranger)

    assert is_fine(name), text(finding(name))


def test_a_pending_run_without_a_message_is_found_and_enqueued_again(owner: User) -> None:
    run = acting.pending(owner)
    queue.withdraw(run.queue_row)

    assert finding("doorbells").cases == (str(run),)
    assert repaired("doorbells").state == State.REPAIRED
    assert EventKind.REQUEUED in acting.kinds(run)
    assert OrmQ.objects.count() == 1


def test_a_pending_run_whose_message_was_parked_is_found_and_enqueued_again(owner: User) -> None:
    run = acting.pending(owner)
    OrmQ.objects.update(key=parked_key(Conf.CLUSTER_NAME))

    assert finding("doorbells").state == State.TROUBLE
    assert repaired("doorbells").state == State.REPAIRED
    assert queue.existing([acting.fresh(run).queue_row or 0])


def test_a_message_for_no_run_is_found_and_deleted(owner: User) -> None:
    kept = acting.pending(owner).queue_row
    row = orphan()

    found = finding("orphaned messages")

    assert (found.state, len(found.cases)) == (State.TROUBLE, 1)
    assert str(row) in text(found)
    assert repaired("orphaned messages").state == State.REPAIRED
    assert set(OrmQ.objects.values_list("pk", flat=True)) == {kept}


@pytest.mark.parametrize("lock", [Now() + timedelta(seconds=5), Now() - timedelta(seconds=1)])
def test_a_message_in_a_workers_hands_is_no_orphan(db: None, lock: object) -> None:
    orphan(lock=lock)

    assert is_fine("orphaned messages")


def test_a_message_put_off_for_ever_is_one(db: None) -> None:
    orphan(lock=Now() + timedelta(days=1))

    assert finding("orphaned messages").state == State.TROUBLE


def test_an_orphan_that_a_worker_takes_meanwhile_is_left_to_it(db: None) -> None:
    row = orphan()
    found = finding("orphaned messages")
    OrmQ.objects.filter(pk=row).update(lock=Now())

    assert found.repair is not None
    found.repair.carry_out()

    assert OrmQ.objects.filter(pk=row).exists()


def test_a_message_signed_with_another_key_is_found_and_written_anew(owner: User) -> None:
    run = acting.pending(owner)
    OrmQ.objects.update(payload="of:another:key")

    found = finding("signatures")

    assert "BadSignature" in text(found)
    assert "SECRET_KEY" in found.remedy
    assert repaired("signatures").state == State.REPAIRED
    assert queue.existing([acting.fresh(run).queue_row or 0])
    assert AgentRun.objects.get().status == "pending"


def test_a_strange_message_is_found_and_left_to_the_broker(db: None) -> None:
    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload="gibberish", lock=LONG_AGO)

    found = finding("signatures")

    assert found.state == State.TROUBLE
    assert found.repair is None


def test_a_parked_message_is_shown_and_deleted_when_told_to(owner: User) -> None:
    acting.pending(owner)
    parked = OrmQ.objects.create(key=parked_key(Conf.CLUSTER_NAME), payload="gibberish", lock=LONG_AGO)

    found = finding("parked messages")

    assert f"queue row {parked.pk} (agentsite:parked): BadSignature" in text(found)
    assert repaired("parked messages").state == State.REPAIRED
    assert not OrmQ.objects.filter(pk=parked.pk).exists()
    assert OrmQ.objects.count() == 1


def test_a_parked_message_that_a_run_still_names_goes_only_after_the_run_has_another(owner: User) -> None:
    run = acting.pending(owner)
    OrmQ.objects.update(key=parked_key(Conf.CLUSTER_NAME))

    assert repaired("parked messages").state == State.REPAIRED
    assert queue.existing([acting.fresh(run).queue_row or 0])


def test_a_message_with_a_key_of_nobodys_is_shown_and_kept(db: None) -> None:
    OrmQ.objects.create(key="somebody", payload="gibberish", lock=LONG_AGO)

    found = finding("parked messages")

    assert found.state == State.TROUBLE
    assert found.repair is None
