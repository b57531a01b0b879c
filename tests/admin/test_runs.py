"""Runs at the operators' pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs import access, lifecycle
from runs.admin.base import MOST_COUNTED, BoundedPaginator
from runs.admin.runs import EVENTS_SHOWN
from runs.models import AgentRun, Document, EventKind, Status, User
from tests import acting

LIST = "/admin/runs/agentrun/"
PAYLOAD = ('"runs_agentrun"."output"', '"runs_agentrun"."input"', '"runs_agentrun"."traceback"')


def act(client: Client, action: str, *runs: AgentRun, **answers: Any) -> list[str]:
    """Answer the question before an action; what is said afterwards."""
    data = {"action": action, "_selected_action": [str(run.pk) for run in runs], "confirmed": "yes", **answers}
    response = client.post(LIST, data)
    assert response.status_code == 302, response.content
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_list_shows_what_happened_without_loading_payloads(as_operator: Client, owner: User) -> None:
    acting.completed(owner)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = as_operator.get(LIST).content.decode()
    assert "did it" in page
    assert "completed" in page
    assert not [query for query in queries if any(column in query["sql"] for column in PAYLOAD)]


def test_list_takes_as_many_queries_for_many_runs_as_for_one(as_operator: Client, owner: User) -> None:
    acting.completed(owner)
    with CaptureQueriesContext(connection) as few:
        as_operator.get(LIST)
    for _ in range(5):
        acting.completed(owner)
    with CaptureQueriesContext(connection) as many:
        as_operator.get(LIST)
    assert len(many) == len(few)


def test_counting_stops_at_a_bound(owner: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert BoundedPaginator(AgentRun.objects.all(), 50).count == 0
    assert f"LIMIT {MOST_COUNTED}" in queries[0]["sql"]


@pytest.mark.parametrize("status", Status.values)
def test_list_is_filtered_by_status(as_operator: Client, owner: User, stranger: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    other = acting.completed(stranger) if status != Status.COMPLETED else acting.cancelled(stranger)
    page = as_operator.get(LIST, {"status__exact": status}).content.decode()
    assert str(run.pk) in page
    assert str(other.pk) not in page


def test_list_is_filtered_by_an_agent_of_the_registry(as_operator: Client, owner: User) -> None:
    acting.completed(owner)
    page = as_operator.get(LIST, {"agent": "policy-checker"}).content.decode()
    assert "?agent=document-extractor" in page
    assert "0 runs" in page or "0 agent runs" in page


@pytest.mark.parametrize("query", ["owner", "OWN", "{pk}", "{short}"])
def test_search_finds_by_id_and_by_user(as_operator: Client, owner: User, stranger: User, query: str) -> None:
    run, other = acting.completed(owner), acting.completed(stranger)
    page = as_operator.get(LIST, {"q": query.format(pk=run.pk, short=str(run.pk)[:13])}).content.decode()
    assert str(run.pk) in page
    assert str(other.pk) not in page


def test_search_for_nonsense_finds_nothing(as_operator: Client, owner: User) -> None:
    run = acting.completed(owner)
    assert str(run.pk) not in as_operator.get(LIST, {"q": "% ' \\ zzz"}).content.decode()


@pytest.mark.parametrize("status", Status.values)
def test_page_of_a_run_shows_its_history_and_no_field_to_edit(as_operator: Client, owner: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    page = as_operator.get(f"{LIST}{run.pk}/change/").content.decode()
    assert 'name="status"' not in page
    assert 'name="_save"' not in page
    assert "Triggered" in page
    assert reverse("run", args=[run.pk]) in page
    offered = {name for name in ("cancel_runs", "force_stop_runs", "rerun_runs") if f"/action/{name}/" in page}
    assert offered == ({"rerun_runs"} if run.is_final else {"cancel_runs", "force_stop_runs"})


def test_status_cannot_be_edited_by_hand(as_operator: Client, owner: User) -> None:
    run = acting.running(owner)
    response = as_operator.post(f"{LIST}{run.pk}/change/", {"status": "completed", "progress": "100"})
    assert response.status_code == 403
    assert acting.fresh(run).status == Status.RUNNING


def test_history_is_bounded(as_operator: Client, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    lines = [lifecycle.Line(at=AgentRun.objects.get().created_at, level="info", text=f"line {n}.") for n in range(300)]
    lifecycle.progress(attempt, lines=lines)
    page = as_operator.get(f"{LIST}{attempt.run_id}/change/").content.decode()
    assert f"The last {EVENTS_SHOWN} events" in page
    assert "line 299." in page
    assert "line 7." not in page
    everything = as_operator.get("/admin/runs/runevent/", {"q": str(attempt.run_id), "p": 6}).content.decode()
    assert everything.count("what the agent said is on the run") == 50


def test_a_huge_output_is_cut(as_operator: Client, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    lifecycle.complete(attempt, "rehearsed", {"text": "x" * 500_000})
    page = as_operator.get(f"{LIST}{attempt.run_id}/change/").content.decode()
    assert len(page) < 100_000
    assert "more characters" in page


def test_what_an_agent_says_is_never_markup(as_operator: Client, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    lifecycle.fail(attempt, "invalid_input", "<script>alert(1)</script>")  # type: ignore[arg-type]
    page = as_operator.get(f"{LIST}{attempt.run_id}/change/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_action_asks_first_and_changes_nothing(as_operator: Client, owner: User) -> None:
    run = acting.pending(owner)
    response = as_operator.post(LIST, {"action": "cancel_runs", "_selected_action": str(run.pk), "index": "0"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "rehearsal" in page
    assert "owner" in page
    assert 'name="reason"' in page
    assert acting.fresh(run).status == Status.PENDING


def test_cancel_ends_a_pending_run_with_operator_and_reason(as_operator: Client, operator: User, owner: User) -> None:
    run = acting.pending(owner)
    said = act(as_operator, "cancel_runs", run, reason="maintenance")
    run = acting.fresh(run)
    assert run.status == Status.CANCELLED
    assert run.ended_by == operator
    assert run.error == "Run was cancelled: maintenance"
    assert "cancelled." in said[0]


def test_cancel_asks_a_running_run_to_stop(as_operator: Client, operator: User, owner: User) -> None:
    run = acting.running(owner)
    said = act(as_operator, "cancel_runs", run, reason="")
    run = acting.fresh(run)
    assert run.is_stopping
    assert run.cancel_requested_by == operator
    assert "asked to stop" in said[0]


def test_force_stop_frees_the_slot_at_once(as_operator: Client, owner: User) -> None:
    run = acting.running(owner)
    act(as_operator, "force_stop_runs", run, reason="hangs")
    assert acting.fresh(run).status == Status.CANCELLED
    assert EventKind.FORCE_STOPPED in acting.kinds(run)
    acting.pending(owner)


def test_run_again_triggers_for_the_owner_in_the_operators_name(
    as_operator: Client, operator: User, owner: User
) -> None:
    run = acting.completed(owner)
    said = act(as_operator, "rerun_runs", run, on_conflict="reject")
    again = AgentRun.objects.get(rerun_of=run)
    assert again.user == owner
    event = again.events.get(kind=EventKind.TRIGGERED)
    assert event.actor == operator
    assert str(again.pk) in said[0]


def test_run_again_says_when_the_slot_is_taken_and_can_take_the_seat(as_operator: Client, owner: User) -> None:
    run = acting.completed(owner)
    acting.pending(owner)
    assert "An agent is already running" in act(as_operator, "rerun_runs", run, on_conflict="reject")[0]
    act(as_operator, "rerun_runs", run, on_conflict="wait")
    assert AgentRun.objects.get(rerun_of=run).status == Status.WAITING


def test_run_again_needs_a_known_answer_to_a_conflict(as_operator: Client, owner: User) -> None:
    run = acting.completed(owner)
    data = {"action": "rerun_runs", "_selected_action": str(run.pk), "confirmed": "yes", "on_conflict": "whatever"}
    assert as_operator.post(LIST, data).status_code == 200
    assert not AgentRun.objects.filter(rerun_of=run).exists()


def test_a_refusal_names_its_run_and_does_not_keep_the_others(
    as_operator: Client, owner: User, stranger: User
) -> None:
    ended, pending = acting.completed(owner), acting.pending(stranger)
    said = act(as_operator, "cancel_runs", ended, pending, reason="")
    refusal = next(sentence for sentence in said if str(ended.pk) in sentence)
    assert "can not be cancelled: it is completed" in refusal
    assert acting.fresh(ended).status == Status.COMPLETED
    assert acting.fresh(pending).status == Status.CANCELLED


def test_too_many_at_once_are_refused_whole(as_operator: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.admin.confirmed.MOST_AT_ONCE", 1)
    runs = [acting.completed(owner), acting.pending(owner)]
    said = act(as_operator, "cancel_runs", *runs, reason="")
    assert "Nothing was changed" in said[0]
    assert acting.fresh(runs[1]).status == Status.PENDING


def test_operators_without_permissions_may_stop_runs(as_attendant: Client, owner: User) -> None:
    run = acting.pending(owner)
    act(as_attendant, "cancel_runs", run, reason="")
    assert acting.fresh(run).status == Status.CANCELLED


def test_queue_shows_which_run_will_be_called(as_operator: Client, owner: User) -> None:
    run = acting.pending(owner)
    assert str(run.pk) in as_operator.get("/admin/django_q/ormq/").content.decode()


def test_documents_are_offered_for_download_once_a_run_of_them_is_open(
    as_operator: Client, operator: User, document: Document
) -> None:
    page = as_operator.get("/admin/runs/document/").content.decode()
    url = reverse("document", args=[document.pk])
    assert url in page
    assert as_operator.get(url).status_code == 403
    run = lifecycle.trigger(document.owner, "document-extractor", {"document": str(document.pk)})
    access.open_run(operator, run.pk, "Its owner has asked.")
    response = as_operator.get(url)
    assert b"".join(response.streaming_content).startswith(b"Invoice")  # type: ignore[attr-defined]
