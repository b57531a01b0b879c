"""An entry says who did what, from where, is kept exactly if that was done, and is never changed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from runs import audit, origin
from runs.models import ApiToken, AuditEntry, Scope, User

pytestmark = pytest.mark.django_db

FORGED = """
    INSERT INTO runs_auditentry (action, actor_name, subject_type, subject_id, address, request_id, token_prefix,
        details, previous, hash, sequence)
    VALUES ('a', '', '', '', '', '', '', '{}', '', '', 5)
"""


def test_it_says_who_did_what_to_what_and_from_where(owner: User, operator: User) -> None:
    token, _ = ApiToken.issue(owner, "nightly import")

    with origin.coming_from(request_id="the-request", address="192.0.2.7"):
        origin.note_user(owner.pk, owner.username, token.prefix)
        audit.record("token.issued", actor=operator, subject=token, scopes=[Scope.RUNS_READ], until=None)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.actor_name) == ("token.issued", operator, "operator")
    assert (entry.subject_type, entry.subject_id) == ("token", str(token.pk))
    assert (entry.request_id, entry.address, entry.token_prefix) == ("the-request", "192.0.2.7", token.prefix)
    assert entry.details == {"scopes": ["runs:read"], "until": None}
    assert (entry.sequence, entry.hash) == (None, "")


def test_without_an_actor_it_is_whose_request_it_is(owner: User) -> None:
    with origin.coming_from(request_id="the-request"):
        origin.note_user(owner.pk, owner.username)
        audit.record("agent.paused", subject="agent:rehearsal")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name, entry.subject) == (owner, "owner", "agent:rehearsal")


def test_what_nobody_did_is_nobodys() -> None:
    audit.record("doctor.repaired", subject="the queue")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name, entry.subject) == (None, "", "the queue")


def test_it_is_gone_with_the_transaction_that_is_rolled_back() -> None:
    with transaction.atomic():
        audit.record("user.changed")
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


def test_its_actor_is_named_when_the_user_is_gone(owner: User) -> None:
    pk = owner.pk
    audit.record("token.issued", actor=owner)
    owner.delete()

    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.actor_name) == (pk, "owner")


def test_details_are_plain_bounded_and_storable() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    given: dict[str, Any] = {"text": "a\x00b\ud800", "long": "x" * 9_000, "many": range(5_000), "nan": float("nan")}

    audit.record("x.y", **{**given, "many": list(given["many"])}, id=uuid.UUID(int=1), at=moment, deep={"a": {"b": 1}})

    details = AuditEntry.objects.get().details
    assert details["text"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert (len(details["long"]), len(details["many"]), details["nan"]) == (500, 100, "nan")
    assert (details["id"], details["at"], details["deep"]) == (
        str(uuid.UUID(int=1)),
        moment.isoformat(),
        {"a": {"b": 1}},
    )
    with pytest.raises(TypeError):
        audit.record("x.y", what=object())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs_auditentry SET action = 'another'",
        "UPDATE runs_auditentry SET sequence = 1, action = 'another'",
        "UPDATE runs_auditentry SET at = at - interval '1 day'",
        "DELETE FROM runs_auditentry",
        "TRUNCATE runs_auditentry",
        "TRUNCATE runs_user CASCADE; TRUNCATE runs_auditentry",
        FORGED,
    ],
)
@pytest.mark.parametrize("is_sealed", [False, True])
def test_the_database_refuses_to_change_it(statement: str, is_sealed: bool) -> None:
    audit.record("token.issued")
    if is_sealed:
        audit.seal()
    before = AuditEntry.objects.values().get()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEntry.objects.values().get() == before


def test_a_sealed_entry_is_not_sealed_anew() -> None:
    audit.record("token.issued")
    audit.seal()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(sequence=7, hash="0" * 64)


def test_its_time_is_the_databases() -> None:
    written = AuditEntry.objects.create(action="token.issued", at=datetime(2020, 1, 1, tzinfo=UTC))

    written.refresh_from_db()
    assert written.at.year > 2020
