"""The chain shows every change that somebody makes who can set the database's triggers aside."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import CharField

from runs import audit
from runs.audit import Head
from runs.audit.sealing import BEGINNING, hash_of
from runs.models import AuditEntry
from tests.waiting import wait_until


def written(count: int = 9) -> list[AuditEntry]:
    """Entries in the order of the chain."""
    for number in range(count):
        audit.record("drill.done", subject=f"drill:{number}", number=number, text="ümlaut", share=0.1)
    audit.seal()
    return list(AuditEntry.objects.order_by("sequence"))


@contextmanager
def triggers_set_aside() -> Iterator[None]:
    """As whoever owns the database can."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE runs_auditentry DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE runs_auditentry ENABLE TRIGGER USER")


def renumber(*steps: tuple[int, int]) -> None:
    for old, new in steps:
        AuditEntry.objects.filter(sequence=old).update(sequence=new)


def forge(entry: AuditEntry, previous: str, sequence: int, **facts: object) -> AuditEntry:
    """Another entry like it, with a hash that fits."""
    forged = AuditEntry.objects.get(pk=entry.pk)
    forged.pk = AuditEntry.objects.order_by("-pk")[0].pk + 1_000
    for name, value in {"previous": previous, "sequence": sequence, **facts}.items():
        setattr(forged, name, value)
    forged.hash = hash_of(forged)
    forged.save(force_insert=True)
    return forged


pytestmark = pytest.mark.django_db


def test_every_entry_follows_the_one_before() -> None:
    entries = written(4)

    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries] == [BEGINNING, *(entry.hash for entry in entries[:3])]
    assert audit.verify() == audit.Verdict(4, Head(4, entries[3].hash))


def test_the_chain_goes_on_where_it_ended_and_an_empty_one_is_whole() -> None:
    assert audit.verify() == audit.Verdict(0, Head(0, BEGINNING))
    assert audit.seal() == 0
    written(2)
    assert [entry.sequence for entry in written(1)] == [1, 2, 3]
    assert audit.verify().is_whole


def test_more_entries_than_are_sealed_at_once() -> None:
    entries = AuditEntry.objects.bulk_create(AuditEntry(action="many", details={"n": n}) for n in range(2_100))

    assert audit.seal() == len(entries)
    assert audit.verify().count == len(entries)


def test_a_change_is_found() -> None:
    written()
    with triggers_set_aside():
        AuditEntry.objects.filter(sequence=4).update(actor_name="somebody else")

    verdict = audit.verify()
    assert (verdict.broken_at, verdict.fault.rpartition(": ")[2]) == (4, "changed.")
    assert "drill.done" in verdict.fault


TEXTS = [field.name for field in AuditEntry._meta.get_fields() if isinstance(field, CharField)]


@pytest.mark.parametrize("column", TEXTS)
def test_no_column_can_be_changed(column: str) -> None:
    written(3)
    with triggers_set_aside():
        AuditEntry.objects.filter(sequence=2).update(**{column: "x"})

    assert audit.verify().broken_at == 2


@pytest.mark.parametrize(
    "change", ["at = at + interval '1 microsecond'", "details = '{}'", "actor_id = gen_random_uuid()"]
)
def test_neither_time_nor_details_nor_actor(change: str) -> None:
    written(3)
    with triggers_set_aside(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE runs_auditentry SET {change} WHERE sequence = 3")

    assert audit.verify().broken_at == 3


def test_a_change_whose_hash_was_made_to_fit_is_found_at_the_next() -> None:
    entry = written()[3]
    entry.actor_name = "somebody else"
    entry.hash = hash_of(entry)
    with triggers_set_aside():
        entry.save()

    verdict = audit.verify()
    assert (verdict.broken_at, verdict.count) == (5, 4)
    assert "replaced" in verdict.fault


def test_a_deletion_is_found() -> None:
    written()
    with triggers_set_aside():
        AuditEntry.objects.filter(sequence__in=[4, 5]).delete()

    assert audit.verify().fault == "Entries 4 to 5 are not there: deleted."


def test_a_deletion_is_found_where_the_rest_has_moved_up() -> None:
    written(6)
    with triggers_set_aside():
        AuditEntry.objects.filter(sequence=4).delete()
        renumber((5, 4), (6, 5))

    verdict = audit.verify()
    assert verdict.broken_at == 4
    assert "deleted" in verdict.fault


def test_another_order_is_found() -> None:
    written()
    with triggers_set_aside():
        renumber((4, 99), (5, 4), (99, 5))

    verdict = audit.verify()
    assert (verdict.broken_at, verdict.fault.rpartition(": ")[2]) == (4, "reordered.")


def test_an_insertion_is_found() -> None:
    entries = written(6)
    with triggers_set_aside():
        renumber((6, 7), (5, 6), (4, 5))
        forge(entries[3], entries[2].hash, 4, actor_name="somebody else")

    verdict = audit.verify()
    assert (verdict.broken_at, verdict.fault.rpartition(": ")[2]) == (4, "inserted.")


def test_a_chain_written_anew_is_whole_but_has_another_head_than_was_noted() -> None:
    entries = written(6)
    noted = Head(6, entries[5].hash)
    previous = BEGINNING
    with triggers_set_aside():
        for entry in entries:
            entry.previous, entry.actor_name = previous, "somebody else"
            entry.hash = previous = hash_of(entry)
            entry.save()

    assert audit.verify().is_whole, "nobody can know without the head"
    verdict = audit.verify(noted=noted)
    assert (verdict.broken_at, "written anew" in verdict.fault) == (6, True)


def test_an_end_that_was_cut_off_is_found_by_the_noted_head() -> None:
    entries = written(6)
    with triggers_set_aside():
        AuditEntry.objects.filter(sequence__gt=4).delete()

    assert audit.verify().is_whole
    assert "end of the chain was deleted" in audit.verify(noted=Head(6, entries[5].hash)).fault


def test_a_part_is_verified_against_what_lies_before_it() -> None:
    entries = written()
    assert audit.verify(4, 6) == audit.Verdict(3, Head(6, entries[5].hash))
    with triggers_set_aside():
        AuditEntry.objects.filter(sequence=5).update(action="x")

    assert audit.verify(4, 6).broken_at == 5
    assert audit.verify(6, 9).is_whole
    assert audit.verify(99).fault == "Entry 98 is not there: deleted."


class TestTheCommand:
    def test_prints_the_head_to_note(self, capsys: pytest.CaptureFixture[str]) -> None:
        written(3)
        audit.record("drill.done")

        call_command("verifyaudit")

        said = capsys.readouterr().out
        newest = AuditEntry.objects.get(sequence=4)
        assert "4 entries" in said, "what was not sealed yet is sealed first"
        assert f"4:{newest.hash}" in said.split()

    def test_names_the_first_broken_entry_and_fails(self) -> None:
        written()
        with triggers_set_aside():
            AuditEntry.objects.filter(sequence__in=[3, 6]).update(action="x")

        with pytest.raises(CommandError, match=r"Entry 3 .*changed") as error:
            call_command("verifyaudit")
        assert error.value.returncode == 1

    def test_holds_it_against_a_noted_head(self, capsys: pytest.CaptureFixture[str]) -> None:
        entries = written(3)
        call_command("verifyaudit", "--head", f"2:{entries[1].hash}")
        assert "3 entries" in capsys.readouterr().out

        with pytest.raises(CommandError, match="written anew"):
            call_command("verifyaudit", "--head", f"2:{entries[2].hash}")
        with pytest.raises(CommandError, match="as it was printed"):
            call_command("verifyaudit", "--head", "nonsense")

    def test_verifies_a_part(self, capsys: pytest.CaptureFixture[str]) -> None:
        written(5)
        with triggers_set_aside():
            AuditEntry.objects.filter(sequence=5).update(details=json.loads("{}"))

        call_command("verifyaudit", "--from", "2", "--to", "4")
        assert "3 entries" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
class TestBesideOthers:
    def test_a_transaction_that_goes_on_holds_up_nobody_and_is_sealed_later(self) -> None:
        is_written, may_commit = threading.Event(), threading.Event()

        def slow() -> None:
            try:
                with transaction.atomic():
                    audit.record("slow")
                    is_written.set()
                    assert may_commit.wait(20)
            finally:
                connection.close()

        other = threading.Thread(target=slow)
        other.start()
        assert is_written.wait(20)
        audit.record("quick")
        assert audit.seal() == 1

        may_commit.set()
        other.join()
        assert audit.seal() == 1
        assert list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True)) == ["quick", "slow"]
        assert audit.verify().is_whole

    def test_two_sealers_make_one_chain(self) -> None:
        begin = threading.Barrier(4)
        sealed = []

        def seal() -> None:
            try:
                begin.wait(20)
                for number in range(30):
                    audit.record("drill.done", number=number)
                    sealed.append(audit.seal())
            finally:
                connection.close()

        sealers = [threading.Thread(target=seal) for _ in range(4)]
        for sealer in sealers:
            sealer.start()
        for sealer in sealers:
            sealer.join()
        wait_until(lambda: audit.seal() == 0)

        verdict = audit.verify()
        assert (verdict.is_whole, verdict.count) == (True, 120)
