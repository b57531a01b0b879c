"""What people do is in the audit, with who did it and from where, exactly if it was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import access, audit, doctor, lifecycle, origin, pausing, policies, tokens, uploads
from runs.doctor import Finding, Repair, State
from runs.errors import AgentSiteError, AlreadyRunning
from runs.models import ApiToken, AuditEntry, EventKind, Scope, User
from tests import acting
from tests.admin.staging import POLICY

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def newest(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).order_by("-id")[0]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


class TestRuns:
    def test_a_trigger_is_one_entry_and_no_statement_more(self, owner: User) -> None:
        acting.completed(owner)
        with CaptureQueriesContext(connection) as asked:
            run = acting.pending(owner)

        entry = newest("run.triggered")
        assert (entry.actor, entry.subject) == (owner, f"run:{run.pk}")
        assert entry.details == {"agent": "rehearsal", "trigger": "dashboard"}
        statements = [query["sql"] for query in asked]
        assert sum("runs_auditentry" in statement for statement in statements) == 1
        assert any("runs_auditentry" in statement and "runs_runevent" in statement for statement in statements)

    def test_a_refused_trigger_is_none(self, owner: User) -> None:
        acting.pending(owner)
        with pytest.raises(AlreadyRunning):
            acting.pending(owner)

        assert actions() == ["run.triggered"]

    def test_who_asks_for_somebody_else_is_the_actor(self, owner: User, operator: User) -> None:
        run = acting.completed(owner)
        again = lifecycle.rerun(run, by=operator, reason="once more")

        entry = newest("run.triggered")
        assert (entry.actor, entry.subject) == (operator, f"run:{again.pk}")
        expected = {"trigger": "rerun", "rerun_of": str(run.pk), "user": str(owner.pk), "reason": "once more"}
        assert expected.items() <= entry.details.items()

    def test_stopping_is_told_once_by_whoever_asked(self, owner: User, operator: User) -> None:
        lifecycle.cancel(acting.pending(owner), by=owner, reason="changed my mind")
        assert newest("run.cancelled").details["reason"] == "changed my mind"

        run = acting.running(owner)
        lifecycle.cancel(run, by=operator)
        lifecycle.cancel(run, by=operator)
        assert newest("run.cancel_requested").actor == operator
        lifecycle.stopped(acting.attempt_of(acting.fresh(run)))

        lifecycle.force_stop(acting.running(owner), by=operator, reason="stuck")
        assert newest("run.force_stopped").details == {"reason": "stuck", "user": str(owner.pk)}
        stops = [action for action in actions() if action != "run.triggered"]
        assert stops == ["run.cancelled", "run.cancel_requested", "run.force_stopped"]

    def test_what_makes_room_names_the_run_it_is_for(self, owner: User) -> None:
        active, seated = acting.running(owner), acting.waiting(owner)
        run = lifecycle.trigger(owner, "rehearsal", {}, on_conflict="replace")

        assert newest("run.cancelled").subject == f"run:{seated.pk}"
        entry = newest("run.cancel_requested")
        assert (entry.subject, entry.details["replaced_by"]) == (f"run:{active.pk}", str(run.pk))

    def test_an_adoption(self, owner: User) -> None:
        run = acting.running(owner)
        attempt = acting.attempt_of(run)
        lifecycle.force_stop(run, by=owner)
        with pytest.raises(AgentSiteError):
            lifecycle.complete(attempt, "late", {})
        adopted = lifecycle.adopt(run, by=owner, reason="it is right")

        assert run.events.filter(kind=EventKind.ADOPTED).exists()
        assert newest("run.adopted").details["adopted_as"] == str(adopted.pk)


class TestSigningIn:
    def test_success_failure_and_the_end(self, owner: User) -> None:
        page = Client(headers={"X-Request-ID": "the-request"})
        page.post("/sign-in/", {"username": "owner", "password": "wrong"})
        page.post("/sign-in/", {"username": "owner", "password": "owner's password"})
        page.post("/sign-out/")

        assert actions() == ["login.failed", "login.succeeded", "logout"]
        failed, succeeded, _ = AuditEntry.objects.order_by("id")
        assert (failed.actor, failed.subject) == (None, f"user:{owner.pk}")
        assert (succeeded.actor, succeeded.address, succeeded.request_id) == (owner, "127.0.0.1", "the-request")

    @pytest.mark.parametrize("typed", ["nobody", "my own password", "x\x00y", ""])
    def test_a_name_nobody_has_is_not_kept(self, typed: str) -> None:
        Client().post("/sign-in/", {"username": typed, "password": "wrong"})

        kept = [str(entry) + str(entry.details) for entry in AuditEntry.objects.all()]
        assert not any("password" in each or "nobody" in each for each in kept)

    def test_a_changed_password_and_ended_browsers(self, owner: User) -> None:
        page, other = browser(owner), browser(owner)
        new = "quite-another-one-7"
        sent = {"old_password": "owner's password", "new_password1": new, "new_password2": new}
        page.post("/password/", sent)

        assert newest("password.changed").actor == owner
        assert newest("sessions.ended").details == {"count": 1}
        assert other.get("/").status_code == 302


class TestTokens:
    def test_made_and_revoked(self, owner: User) -> None:
        page = browser(owner)
        page.post("/profile/tokens/", {"name": "nightly", "scopes": ["runs:read"], "lifetime": "30"})
        token = ApiToken.objects.get()
        page.post(f"/profile/tokens/{token.pk}/revoke/")

        issued, revoked = newest("token.issued"), newest("token.revoked")
        assert issued.subject == revoked.subject == f"token:{token.pk}"
        assert (issued.actor, revoked.actor) == (owner, owner)
        assert {"name": "nightly", "scopes": ["runs:read"], "prefix": token.prefix}.items() <= issued.details.items()

    def test_used_first_and_then_at_most_every_hour_from_each_address(self, owner: User) -> None:
        token, secret = ApiToken.issue(owner, "nightly")

        def use(address: str) -> None:
            ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
            with origin.coming_from(address=address):
                access.caller_with_token(secret, Scope.RUNS_READ)

        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1"):
            use(address)

        used = AuditEntry.objects.filter(action="token.used").order_by("id")
        assert [entry.address for entry in used] == ["192.0.2.1", "192.0.2.2"]
        assert {(entry.actor, entry.token_prefix, entry.subject_id) for entry in used} == {
            (owner, token.prefix, str(token.pk))
        }

    def test_no_request_within_a_minute_writes_anything(self, owner: User) -> None:
        _, secret = ApiToken.issue(owner, "nightly")
        access.caller_with_token(secret, Scope.RUNS_READ)
        with CaptureQueriesContext(connection) as asked:
            access.caller_with_token(secret, Scope.RUNS_READ)

        assert len(asked) == 1


class TestSettings:
    def test_pausing_and_resuming(self, operator: User) -> None:
        pausing.pause("rehearsal", by=operator, reason="maintenance")
        pausing.resume("rehearsal", by=operator)

        assert actions() == ["agent.paused", "agent.resumed"]
        assert newest("agent.paused").details == {"reason": "maintenance"}

    def test_a_published_policy(self, operator: User) -> None:
        published = policies.publish(POLICY, by=operator)

        assert newest("policy.published").subject == f"policy:{published.pk}"

    def test_admin_says_from_what_to_what(self, owner: User, operator: User) -> None:
        admin = browser(operator)
        group = Group.objects.create(name="auditors")
        sent = {
            "username": "owner", "active_run_limit": 3, "is_active": "on", "is_staff": "on", "groups": [group.pk],
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
        }  # fmt: skip
        answer = admin.post(f"/admin/runs/user/{owner.pk}/change/", sent)
        assert answer.status_code == 302, answer.content

        entry = newest("admin.changed")
        assert (entry.actor, entry.subject) == (operator, f"user:{owner.pk}")
        changes = entry.details["changes"]
        assert changes["active_run_limit"] == [1, 3]
        assert changes["is_staff"] == [False, True]
        assert changes["groups"] == [[], ["auditors"]]

    def test_a_password_set_by_an_operator_is_told_without_it(self, owner: User, operator: User) -> None:
        new = "quite-another-one-7"
        sent = {"password1": new, "password2": new, "usable_password": "true"}
        browser(operator).post(f"/admin/runs/user/{owner.pk}/password/", sent)

        entry = newest("admin.changed")
        assert entry.subject == f"user:{owner.pk}"
        assert new not in str(entry.details)

    def test_groups_are_added_changed_and_deleted(self, operator: User) -> None:
        admin = browser(operator)
        admin.post("/admin/auth/group/add/", {"name": "auditors"})
        group = Group.objects.get()
        admin.post(f"/admin/auth/group/{group.pk}/change/", {"name": "readers"})
        admin.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})

        told = AuditEntry.objects.filter(subject_type="group").order_by("id")
        assert [entry.action for entry in told] == ["admin.added", "admin.changed", "admin.deleted"]
        assert told[1].details["changes"] == {"name": ["auditors", "readers"]}

    def test_repairs_of_the_doctor(self) -> None:
        repair = Repair(("set it right",), lambda: None)
        doctor.repair([Finding(State.TROUBLE, "It is wrong.", repair=repair, name="queue")])

        entry = newest("doctor.repaired")
        assert (entry.subject, entry.details) == ("check:queue", {"plan": ["set it right"]})


class TestDocuments:
    def test_every_download_and_every_removal(self, owner: User, operator: User) -> None:
        document = uploads.keep(ContentFile(b"an invoice", name="invoice.txt"), owner)
        _, secret = ApiToken.issue(owner, "nightly")
        b"".join(browser(owner).get(f"/documents/{document.pk}/").streaming_content)  # type: ignore[attr-defined]
        headers: Any = {"Authorization": f"Bearer {secret}"}
        answer = Client().get(f"/api/v1/documents/{document.pk}/content", headers=headers)
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        Client().get(f"/documents/{document.pk}/")

        told = AuditEntry.objects.filter(action="document.downloaded")
        assert [entry.actor for entry in told] == [owner, owner]
        assert "invoice.txt" not in str([entry.details for entry in told])

        Client().delete(f"/api/v1/documents/{document.pk}", headers=headers)
        assert newest("document.deleted").actor == owner
        document = uploads.keep(ContentFile(b"an invoice", name="invoice.txt"), owner)
        uploads.prune(timezone.now())
        assert newest("documents.pruned").details["sha256"] == [document.sha256]


def test_a_command_is_told_as_done_by_whoever_typed_it() -> None:
    with origin.of_command(["issuetoken"]):
        audit.record("token.issued")
    with origin.of_command(["qcluster"]):
        audit.record("run.lost")

    first, second = AuditEntry.objects.order_by("id")
    assert first.actor_name.endswith(" (command issuetoken)")
    assert first.request_id
    assert (second.actor_name, second.request_id) == ("", "")


def test_all_of_it_is_sealed_and_whole(owner: User) -> None:
    browser(owner)
    tokens.issue(owner, "nightly", scopes=tokens.USUAL)
    lifecycle.cancel(acting.pending(owner), by=owner)

    assert audit.seal() == len(actions())
    assert audit.verify().is_whole
