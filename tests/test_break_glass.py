"""An operator sees what is in somebody's run after giving a reason, for an hour, and its owner knows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from runs import access, lifecycle, tokens, uploads
from runs.errors import NotAllowed, NotFound, PayloadHidden, ReasonMissing
from runs.lifecycle import Line
from runs.live import Page, Part
from runs.live.run_streams import FOR_EVER, allowed, look
from runs.models import AgentRun, AuditEntry, EventKind, Opening, Scope, User
from runs.views.fragments import render
from tests import acting
from tests.api.scripts import Script, script_of
from tests.live.viewing import url_of_run
from tests.pages.reading import soup, text
from tests.schedules.keeping import scheduled

pytestmark = pytest.mark.django_db

SECRET = "PFLAUME-4711"


@pytest.fixture(autouse=True)
def _pictures(tmp_path: Path, settings: Any) -> None:
    settings.PICTURES_DIR = tmp_path / "pictures"


@pytest.fixture
def running(owner: User) -> AgentRun:
    """A run on the owner's document that has said something."""
    document = uploads.keep(SimpleUploadedFile("letter.txt", f"Invoice number: {SECRET}".encode()), owner)
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    lifecycle.progress(acting.started(run), lines=[Line(run.created_at, "info", f"read {SECRET}")])
    return acting.fresh(run)


@pytest.fixture
def run(running: AgentRun) -> AgentRun:
    return lifecycle.complete(acting.attempt_of(running), "extracted", {"value": SECRET}, "1 value")


def whole_until(run_id: UUID, url: str) -> int | None:
    """Until when a stream's address has all of the run told."""
    given = allowed(run_id, url.partition("token=")[2])
    return given and given.whole_until


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def let_it_end(run: AgentRun) -> None:
    Opening.objects.filter(run=run).update(until=Now() - timedelta(seconds=1))


def test_an_operator_sees_how_a_run_went_and_not_what_is_in_it(operator: User, run: AgentRun) -> None:
    seen = access.visible_run(operator, run.pk)
    assert (seen.is_hidden, seen.input, seen.output, seen.traceback) == (True, {}, None, "")
    assert (seen.status, seen.summary, seen.result) == ("completed", "1 value", "extracted")
    with pytest.raises(PayloadHidden):
        access.readable_run(operator, run.pk)


def test_a_reason_opens_one_run_to_one_operator_for_an_hour(owner: User, operator: User, run: AgentRun) -> None:
    other = User.objects.create_user("second-operator", is_staff=True)
    opening = access.open_run(operator, run.pk, "  The customer has called. ")
    assert timedelta(minutes=59) < opening.until - Opening.objects.get().opened_at <= timedelta(minutes=60)
    assert access.readable_run(operator, run.pk).output == {"value": SECRET}
    assert access.visible_run(other, run.pk).is_hidden
    let_it_end(run)
    assert access.visible_run(operator, run.pk).is_hidden


def test_without_a_reason_nothing_is_opened_and_nothing_kept(operator: User, run: AgentRun) -> None:
    before = run.events.count()
    with pytest.raises(ReasonMissing):
        access.open_run(operator, run.pk, " ")
    assert not Opening.objects.exists()
    assert run.events.count() == before


def test_only_operators_open_and_only_what_is_somebody_elses(
    owner: User, stranger: User, operator: User, run: AgentRun
) -> None:
    with pytest.raises(NotAllowed):
        access.open_run(owner, run.pk, "mine")
    with pytest.raises(NotFound):
        access.open_run(stranger, run.pk, "curious")
    rehearsed = acting.completed(stranger)
    assert not access.visible_run(operator, rehearsed.pk).is_hidden
    with pytest.raises(NotAllowed):
        access.open_run(operator, rehearsed.pk, "needless")


def test_the_owner_and_the_audit_are_told(owner: User, operator: User, run: AgentRun) -> None:
    access.open_run(operator, run.pk, "The customer has called.")
    event = run.events.get(kind=EventKind.OPENED)
    assert (event.actor, event.message) == (operator, "The customer has called.")
    entry = AuditEntry.objects.get(action="break_glass.opened")
    assert (entry.actor_id, entry.subject_id) == (operator.pk, str(run.pk))
    assert entry.details["reason"] == "The customer has called."
    shown = page_of(owner).get(reverse("run", args=[run.pk]))
    assert "operator opened this run’s content" in text(shown)
    assert "The customer has called." in text(shown)
    timeline = page_of(owner).get(reverse("run", args=[run.pk]), {"tab": "timeline"})
    assert "The customer has called." in str(soup(timeline).select_one("#_run_timeline"))


def test_the_page_asks_for_the_reason_and_then_shows_all(operator: User, run: AgentRun) -> None:
    client, url = page_of(operator), reverse("run", args=[run.pk])
    hidden = client.get(url)
    assert SECRET not in hidden.content.decode()
    assert soup(hidden).select_one(f"form[action='{reverse('run_open', args=[run.pk])}'] input[name=reason][required]")
    assert client.post(reverse("run_open", args=[run.pk]), {"reason": "A call."})["Location"] == url
    assert SECRET in client.get(url).content.decode()
    assert SECRET in client.get(url, {"tab": "log"}).content.decode()
    downloaded = client.get(reverse("document", args=[run.document_id]))
    assert SECRET.encode() in b"".join(downloaded.streaming_content)  # type: ignore[attr-defined]
    let_it_end(run)
    assert SECRET not in client.get(url).content.decode()
    assert client.get(reverse("document", args=[run.document_id])).status_code == 403


def test_operating_needs_no_opening(operator: User, running: AgentRun) -> None:
    client = page_of(operator)
    assert client.post(reverse("run_force_stop", args=[running.pk]), {"reason": "stuck"}).status_code == 302
    again = client.post(reverse("run_rerun", args=[running.pk]))
    assert again.status_code == 302
    made = AgentRun.objects.get(rerun_of=running)
    assert (made.input, made.document_id) == (running.input, running.document_id)


def test_a_documents_content_is_open_as_long_as_a_run_of_it_is(operator: User, run: AgentRun) -> None:
    assert run.document_id is not None
    assert access.visible_document(operator, run.document_id).name == "letter.txt"
    with pytest.raises(PayloadHidden):
        access.readable_document(operator, run.document_id)
    access.open_run(operator, run.pk, "A call.")
    assert access.readable_document(operator, run.document_id) == run.document


def test_comparing_reads_no_run_that_is_not_open(operator: User, run: AgentRun) -> None:
    assert not access.readable_runs(operator).filter(pk=run.pk).exists()
    access.open_run(operator, run.pk, "A call.")
    assert access.readable_runs(operator).filter(pk=run.pk).exists()


class TestApi:
    def test_it_leaves_out_the_content_and_says_so(self, operator: User, run: AgentRun) -> None:
        script, url = script_of(operator), f"/api/v1/runs/{run.pk}"
        hidden = script.get(url).json()
        assert (hidden["is_hidden"], hidden["input"], hidden["output"]) == (True, {}, None)
        refused = script.get(f"/api/v1/documents/{run.document_id}/content")
        assert (refused.status_code, refused.json()["code"]) == (403, "payload_hidden")
        opened = script.post(f"{url}/open", {"reason": "A call."})
        assert (opened.status_code, opened.json()["run_id"]) == (200, str(run.pk))
        assert script.get(url).json()["output"] == {"value": SECRET}

    def test_a_reason_must_be_given(self, operator: User, run: AgentRun) -> None:
        script = script_of(operator)
        assert script.post(f"/api/v1/runs/{run.pk}/open", {"reason": " "}).json()["code"] == "reason_missing"
        assert script.post(f"/api/v1/runs/{run.pk}/open", {}).status_code == 422

    def test_it_takes_the_scope_operate(self, operator: User, run: AgentRun) -> None:
        from runs.models import ApiToken

        _, secret = ApiToken.issue(operator, "a", scopes=[Scope.RUNS_READ, Scope.RUNS_WRITE])
        assert Script(secret).post(f"/api/v1/runs/{run.pk}/open", {"reason": "A call."}).status_code == 404

    def test_what_it_does_shows_no_content_either(self, operator: User, run: AgentRun) -> None:
        answer = script_of(operator).post(f"/api/v1/runs/{run.pk}/rerun")
        assert (answer.status_code, answer.json()["input"], answer.json()["is_hidden"]) == (201, {}, True)


class TestATokenThatMayNotRead:
    """It starts and stops runs; no answer to that is another way to read them."""

    @pytest.fixture
    def writer(self, owner: User) -> Script:
        return Script(tokens.issue(owner, "writer", scopes=[Scope.RUNS_WRITE])[1])

    def test_running_an_old_run_again_shows_nothing_of_it(self, writer: Script, run: AgentRun) -> None:
        answer = writer.post(f"/api/v1/runs/{run.pk}/rerun")
        assert (answer.status_code, answer.json()["is_hidden"], answer.json()["input"]) == (201, True, {})
        assert whole_until(UUID(answer.json()["id"]), answer.json()["stream_url"]) == 0

    def test_a_request_repeated_is_not_answered_by_the_result(
        self, owner: User, writer: Script, run: AgentRun
    ) -> None:
        asked = {"agent": run.agent, "input": {"document": str(run.document_id)}}
        keyed = {"Idempotency-Key": "once"}
        made = script_of(owner).client.post("/api/v1/runs", asked, "application/json", headers=keyed).json()
        lifecycle.complete(acting.started(AgentRun.objects.get(pk=made["id"])), "extracted", {"value": SECRET}, "")
        again = writer.client.post("/api/v1/runs", asked, "application/json", headers=keyed)
        assert (again.status_code, again.json()["id"]) == (200, made["id"])
        assert SECRET not in again.content.decode()

    def test_stopping_shows_nothing(self, writer: Script, running: AgentRun) -> None:
        for verb in ("cancel", "force-stop"):
            answer = writer.post(f"/api/v1/runs/{running.pk}/{verb}")
            assert (answer.status_code, answer.json()["input"]) == (200, {})

    def test_nor_does_a_schedule(self, owner: User, writer: Script) -> None:
        schedule = scheduled(owner)
        for method, path in (("PATCH", ""), ("POST", "/pause"), ("POST", "/resume")):
            url = f"/api/v1/schedules/{schedule.pk}{path}"
            answer = writer.client.generic(method, url, b"{}" if method == "PATCH" else b"", "application/json")
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        ran = writer.post(f"/api/v1/schedules/{schedule.pk}/run")
        assert (ran.status_code, ran.json()["is_hidden"]) == (201, True)


@pytest.mark.django_db(transaction=True)
class TestStreams:
    def test_a_program_is_told_what_is_not_content(self, operator: User, running: AgentRun) -> None:
        seen = access.visible_run(operator, running.pk)
        assert whole_until(running.pk, url_of_run(seen, operator)) == 0
        assert SECRET not in str(look(running.pk, 0, False))
        assert SECRET in str(look(running.pk, 0, True))

    def test_one_that_was_opened_is_told_all_for_as_long(self, owner: User, operator: User, running: AgentRun) -> None:
        opening = access.open_run(operator, running.pk, "A call.")
        seen = access.visible_run(operator, running.pk)
        assert whole_until(running.pk, url_of_run(seen, operator)) == int(opening.until.timestamp())
        own = access.visible_run(owner, running.pk)
        assert whole_until(running.pk, url_of_run(own)) == FOR_EVER

    def test_a_page_that_is_open_is_told_no_content_but_of_what_was_opened(
        self, owner: User, operator: User, running: AgentRun
    ) -> None:
        def told(user: User) -> str:
            page = Page.of(user, run=access.visible_run(user, running.pk))
            return render(page.parts[0], "0.").html

        assert SECRET in told(owner)
        assert SECRET not in told(operator)
        access.open_run(operator, running.pk, "A call.")
        assert SECRET in told(operator)
        assert SECRET not in render(Part("run", str(running.pk), running.pk), "0.").html
        # The stream goes on after the hour, without the content.
        part = Page.of(operator, run=access.visible_run(operator, running.pk)).parts[0]
        let_it_end(running)
        assert SECRET not in render(part, "0.").html


def test_the_admin_shows_no_content_until_it_is_opened(operator: User, run: AgentRun) -> None:
    client = page_of(operator)
    url = reverse("admin:runs_agentrun_change", args=[run.pk])
    assert SECRET not in client.get(url).content.decode()
    line = run.events.get(kind=EventKind.LOGGED)
    for page in (
        reverse("admin:runs_runevent_changelist"),
        reverse("admin:runs_runevent_change", args=[line.pk]),
    ):
        assert SECRET not in client.get(page).content.decode()
    access.open_run(operator, run.pk, "A call.")
    assert SECRET in client.get(url).content.decode()


def test_a_list_or_a_page_costs_no_statement_more(
    operator: User, run: AgentRun, django_assert_max_num_queries: Any
) -> None:
    client = page_of(operator)
    access.open_run(operator, run.pk, "A call.")
    with django_assert_max_num_queries(8):
        client.get(reverse("run", args=[run.pk]))
    with django_assert_max_num_queries(8):
        client.get(reverse("runs"))
