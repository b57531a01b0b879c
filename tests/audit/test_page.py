"""Operators read the audit: narrowed by the URL, page by page, and take it along with its hashes."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import audit, doctor, origin
from runs.audit.reading import PAGE_SIZE
from runs.audit.sealing import hash_of
from runs.doctor import State
from runs.models import AuditEntry, User
from tests import acting
from tests.audit.test_chain import triggers_set_aside, written
from tests.pages.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(operator: User) -> Client:
    return signed_in(operator)


def shown(page: Client, query: str = "") -> list[str]:
    answer = page.get(f"/audit/?{query}")
    assert answer.status_code == 200, answer.content
    return [entry.action for entry, *_ in answer.context["entries"]] if "entries" in answer.context else []


def test_it_is_for_operators_alone(owner: User) -> None:
    for address in ("/audit/", "/audit/audit.csv", "/audit/audit.jsonl"):
        assert signed_in(owner).get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_the_newest_come_first_and_lead_to_what_they_are_about(page: Client, owner: User) -> None:
    run = acting.pending(owner)
    with origin.coming_from(address="192.0.2.1"):
        audit.record("agent.paused", actor=owner, subject="agent:rehearsal", reason="<script>maintenance")

    text = page.get("/audit/").content.decode()
    assert text.index("agent.paused") < text.index("run.triggered")
    assert f'href="/runs/{run.pk}/"' in text
    assert 'href="/agents/rehearsal/"' in text
    assert "&lt;script&gt;maintenance" in text
    assert "192.0.2.1" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("actor=owner", ["token.issued"]),
        ("actor=gone", ["token.revoked"]),
        ("action=token", ["token.revoked", "token.issued"]),
        ("action=token.issued", ["token.issued"]),
        ("action=tok", []),
        ("subject=agent:rehearsal", ["agent.paused"]),
        ("subject=rehearsal", ["agent.paused"]),
        ("text=MAINTENANCE", ["agent.paused"]),
        ("text=the-request", ["agent.paused"]),
        ("text=192.0.2.1", ["agent.paused"]),
        ("action=token&actor=owner", ["token.issued"]),
        ("text=%25", []),
        ("cursor=nonsense", ["agent.paused", "token.revoked", "token.issued"]),
    ],
)
def test_it_is_narrowed_by_the_url(page: Client, owner: User, query: str, found: list[str]) -> None:
    audit.record("token.issued", actor=owner, subject="token:1")
    gone = User.objects.create_user("gone")
    audit.record("token.revoked", actor=gone, subject="token:1")
    gone.delete()
    with origin.coming_from(address="192.0.2.1", request_id="the-request"):
        audit.record("agent.paused", subject="agent:rehearsal", reason="maintenance")

    assert shown(page, query) == found


def test_a_period_is_of_whole_days(page: Client) -> None:
    written(3)
    with triggers_set_aside():
        for sequence in (1, 2):
            AuditEntry.objects.filter(sequence=sequence).update(
                at=F("at") - timedelta(days=sequence * 2), action="old"
            )
    day = (timezone.now() - timedelta(days=2)).date()

    assert shown(page, f"since={day}") == ["drill.done", "old"]
    assert shown(page, f"since={day}&until={day}") == ["old"]


@pytest.mark.parametrize("query", ["since=tomorrow", "until=2026-02-30", "text=" + "x" * 201, "actor=%00"])
def test_a_filter_that_can_not_be_used_says_why(page: Client, query: str) -> None:
    answer = page.get(f"/audit/?{query}")

    assert (answer.status_code, b"can not be used" in answer.content) == (422, True)
    assert page.get(f"/audit/audit.csv?{query}").status_code == 404


def test_pages_follow_one_another_without_gap_and_cost_the_same(page: Client) -> None:
    entries = AuditEntry.objects.bulk_create(AuditEntry(action=f"n.{n}") for n in range(PAGE_SIZE * 2 + 10))
    seen: list[str] = []
    query = ""
    for _ in range(3):
        with CaptureQueriesContext(connection) as asked:
            answer = page.get(f"/audit/?{query}")
        assert len(asked) <= 8
        seen += [entry.action for entry, *_ in answer.context["entries"]]
        query = answer.context["older"]

    assert seen == [entry.action for entry in reversed(entries)]
    assert query == ""


class TestExports:
    def test_lines_of_json_are_enough_to_verify_the_chain(self, page: Client, owner: User) -> None:
        audit.record("token.issued", actor=owner, name="ümlaut")
        written(3)

        answer = page.get("/audit/audit.jsonl")
        lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]
        sealed = sorted((line for line in lines if line["sequence"]), key=lambda line: line["sequence"])
        assert len(sealed) == 4
        for before, line in zip([None, *sealed], sealed, strict=False):
            assert line["previous"] == (before["hash"] if before else "0" * 64)
            again = AuditEntry.objects.get(pk=line["id"])
            assert hash_of(again) == line["hash"]

    def test_it_is_audited_itself_with_its_filter(self, page: Client, operator: User) -> None:
        b"".join(page.get("/audit/audit.csv?action=token").streaming_content)  # type: ignore[attr-defined]

        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor) == ("audit.exported", operator)
        assert entry.details == {"form": "csv", "filter": {"action": "token"}}

    def test_a_spreadsheet_takes_nothing_for_a_formula(self, page: Client) -> None:
        audit.record("token.issued", subject="=HYPERLINK(1)")

        answer = page.get("/audit/audit.csv?action=token")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        head, row = csv.reader(io.StringIO(text))
        assert dict(zip(head, row, strict=True))["subject_id"] == "'=HYPERLINK(1)"
        assert answer["Content-Disposition"] == 'attachment; filename="audit.csv"'

    def test_many_entries_are_read_some_at_a_time(self, page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        AuditEntry.objects.bulk_create(AuditEntry(action=f"n.{n}") for n in range(2_300))
        with CaptureQueriesContext(connection) as asked:
            lines = list(page.get("/audit/audit.jsonl").streaming_content)  # type: ignore[attr-defined]

        assert len(lines) == 2_301
        reads: list[Any] = [each for each in asked if each["sql"].startswith('SELECT "runs_auditentry"')]
        assert [("LIMIT 1000" in each["sql"]) for each in reads] == [True] * 4


class TestTheDoctor:
    def test_a_whole_chain_is_fine(self) -> None:
        written(3)
        (found,) = doctor.examine(["audit chain"])
        assert (found.state, found.sentence) == (State.OK, "The newest 3 audit entries unchanged.")

    def test_a_change_is_trouble(self) -> None:
        written(3)
        with triggers_set_aside():
            AuditEntry.objects.filter(sequence=2).update(action="x")
        (found,) = doctor.examine(["audit chain"])
        assert (found.state, "Entry 2" in found.sentence) == (State.TROUBLE, True)

    def test_only_the_newest_are_looked_at(self) -> None:
        written(5)
        with triggers_set_aside():
            AuditEntry.objects.filter(sequence=1).update(action="x")
        (found,) = doctor.examine(["audit chain"], sample=3)
        assert found.state == State.OK

    def test_entries_that_nobody_seals_are_trouble_and_are_sealed(self) -> None:
        audit.record("token.issued")
        with triggers_set_aside():
            AuditEntry.objects.update(at=F("at") - timedelta(minutes=2))
        found = doctor.examine(["audit chain"])
        assert found[0].sentence == "1 audit entry not sealed after a minute: no cluster is at work."

        assert doctor.repair(found)[0].state == State.REPAIRED
        assert AuditEntry.objects.filter(action="token.issued", sequence=1).exists()
