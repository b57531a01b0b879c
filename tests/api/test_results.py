"""What a run has said and found, as files; and answers that have not changed."""

from __future__ import annotations

import csv
import io
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runs import lifecycle
from runs.api.etags import TOLD_BY, UNSHOWN
from runs.lifecycle import Line
from runs.live import run_streams
from runs.models import AgentRun, RunEvent, User
from runs.schemas import RunShape
from tests import acting
from tests.api.scripts import Script, script_of

RUNS = "/api/v1/runs"
FIELDS = [
    {"name": "total", "label": "Total", "value": "119.00", "currency": "EUR", "page": 1, "quote": "Total 119.00"},
    {"name": "note", "label": "Note", "value": "=HYPERLINK(1)", "page": 1, "quote": "=HYPERLINK(1)"},
]


def completed(owner: User, output: Any) -> AgentRun:
    run = lifecycle.trigger(owner, "document-extractor", {})
    return lifecycle.complete(acting.started(run), "extracted", output, "two values")


# --- Log ---------------------------------------------------------------------------------------


def test_log_is_text_with_a_line_for_each(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    at = timezone.now().replace(microsecond=500)
    lines = [Line(at, "step", "Reading"), Line(at, "warning", "Two\nlines\n")]
    lifecycle.progress(attempt, lines=lines)
    response = script.get(f"{RUNS}/{attempt.run_id}/log")
    said = b"".join(response.streaming_content).decode()
    moment = f"{at:%Y-%m-%dT%H:%M:%S}.000500Z"
    assert said == f"{moment} #1 step    Reading\n{moment} #1 warning Two\n    lines\n"
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="run-{attempt.run_id}.log"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_long_log_is_whole_and_read_in_pieces(script: Script, owner: User) -> None:
    run = acting.running(owner)
    RunEvent.objects.bulk_create(
        RunEvent(run=run, kind="logged", message=f"line {number}", data={"level": "info"}) for number in range(2500)
    )
    with CaptureQueriesContext(connection) as queries:
        said = b"".join(script.get(f"{RUNS}/{run.pk}/log").streaming_content).decode().splitlines()
    assert [line.rpartition(" ")[2] for line in said] == [str(number) for number in range(2500)]
    assert len([query for query in queries.captured_queries if "runs_runevent" in query["sql"]]) == 3


def test_a_run_that_has_said_nothing_has_an_empty_log(script: Script, owner: User) -> None:
    response = script.get(f"{RUNS}/{acting.pending(owner).pk}/log")
    assert (response.status_code, b"".join(response.streaming_content)) == (200, b"")


# --- Result ------------------------------------------------------------------------------------


def test_result_is_the_output_as_the_agent_declares_it(script: Script, owner: User) -> None:
    run = completed(owner, {"zeta": 1, "fields": FIELDS, "document": {"name": "a.pdf"}})
    response = script.get(f"{RUNS}/{run.pk}/result")
    # Not as the database has it: by length and letter.
    assert list(response.json()) == ["document", "fields", "zeta"]
    assert response.json()["fields"] == FIELDS
    assert list(script.get(f"{RUNS}/{run.pk}").json()["output"]) == ["document", "fields", "zeta"]
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == f'attachment; filename="run-{run.pk}.json"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_input_is_shown_as_the_agent_declares_it(script: Script) -> None:
    given = {"steps": 2, "act": "succeed", "seconds": 0}
    body = script.post(RUNS, {"agent": "rehearsal", "input": given}).json()
    declared = list(script.get("/api/v1/agents/rehearsal").json()["input_schema"]["properties"])
    assert list(script.get(body["url"]).json()["input"]) == declared


@pytest.mark.parametrize(
    ("format", "accept", "kind"),
    [
        ("", "", "application/json"),
        ("", "*/*", "application/json"),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("", "text/csv;q=0.5, application/json", "application/json"),
        ("", "image/png", "application/json"),
        ("csv", "application/json", "text/csv; charset=utf-8"),
        ("json", "text/csv", "application/json"),
    ],
)
def test_the_form_of_a_result_is_asked_for(script: Script, owner: User, format: str, accept: str, kind: str) -> None:
    run = completed(owner, {"fields": FIELDS})
    headers = {"Accept": accept} if accept else {}
    response = script.client.get(f"{RUNS}/{run.pk}/result", {"format": format} if format else {}, headers=headers)
    assert (response.status_code, response["Content-Type"]) == (200, kind)
    assert "Accept" in response["Vary"]


def test_a_csv_of_a_result_runs_no_formula(script: Script, owner: User) -> None:
    run = completed(owner, {"fields": FIELDS})
    response = script.get(f"{RUNS}/{run.pk}/result", format="csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["name"], row["value"]) for row in rows] == [("total", "119.00"), ("note", "'=HYPERLINK(1)")]
    assert response["Content-Disposition"] == f'attachment; filename="run-{run.pk}.csv"'


@pytest.mark.parametrize("status", ["waiting", "pending", "running", "failed", "cancelled"])
def test_a_run_that_has_not_completed_has_no_result(script: Script, owner: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    response = script.get(f"{RUNS}/{run.pk}/result")
    assert (response.status_code, response.json()["code"]) == (409, "no_result")
    assert status in response.json()["detail"]


@pytest.mark.parametrize("parameters", [{"format": "xml"}, {"form": "csv"}, {"format": "\0"}], ids=str)
def test_parameters_that_mean_nothing_are_refused(script: Script, owner: User, parameters: dict[str, str]) -> None:
    run = completed(owner, {})
    assert script.get(f"{RUNS}/{run.pk}/result", **parameters).status_code == 422
    assert script.get(f"{RUNS}/{run.pk}/log", **parameters).status_code == 422


@pytest.mark.parametrize("file", ["log", "result"])
def test_files_are_not_for_strangers(owner: User, stranger: User, file: str) -> None:
    run = completed(owner, {"a": 1})
    response = script_of(stranger).get(f"{RUNS}/{run.pk}/{file}")
    assert (response.status_code, response.json()["detail"]) == (404, f"Run ID: {run.pk} not found")


# --- ETag --------------------------------------------------------------------------------------


def known(script: Script, run: AgentRun, tag: str, **parameters: Any) -> Any:
    return script.client.get(f"{RUNS}/{run.pk}", parameters, headers={"If-None-Match": tag})


@pytest.mark.parametrize("status", acting.BRING_TO)
def test_what_has_not_changed_is_not_sent_again(
    script: Script, owner: User, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stream's address changes every ten minutes; not while this is looked at.
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)
    run = acting.BRING_TO[status](owner)
    first = script.get(f"{RUNS}/{run.pk}")
    tag = first["ETag"]
    assert not tag.startswith("W/")
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = known(script, run, sent)
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)
    assert known(script, run, '"other"').status_code == 200
    # Strong: the same tag, the same bytes.
    assert script.get(f"{RUNS}/{run.pk}").content == first.content


def test_every_change_of_a_run_is_another_answer(script: Script, owner: User) -> None:
    run = acting.pending(owner)
    tags = [script.get(f"{RUNS}/{run.pk}")["ETag"]]

    def changed() -> None:
        response = known(script, run, tags[-1])
        assert response.status_code == 200
        tags.append(response["ETag"])

    attempt = acting.started(run)
    changed()
    lifecycle.progress(attempt, percent=40)
    changed()
    lifecycle.progress(attempt, lines=[Line(timezone.now(), "step", "Reading")])
    changed()
    lifecycle.cancel(run, by=owner)
    changed()
    lifecycle.force_stop(run, by=owner)
    changed()
    assert len(set(tags)) == 6


def test_a_heartbeat_is_no_change(script: Script, owner: User) -> None:
    attempt = acting.started(acting.pending(owner))
    tag = script.get(f"{RUNS}/{attempt.run_id}")["ETag"]
    lifecycle.heartbeat(attempt)
    assert known(script, AgentRun.objects.get(), tag).status_code == 304


def test_a_tag_is_for_its_reader_and_address(script: Script, owner: User, operator: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    run = completed(owner, {})
    tag = script.get(f"{RUNS}/{run.pk}")["ETag"]
    assert script_of(operator).get(f"{RUNS}/{run.pk}")["ETag"] != tag
    assert script.client.get(f"{RUNS}/{run.pk}", headers={"Host": "other.example"})["ETag"] != tag


def test_what_is_known_costs_two_queries_and_no_payload(
    script: Script, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = completed(owner, {"a": 1})
    tag = script.get(f"{RUNS}/{run.pk}")["ETag"]
    with django_assert_num_queries(2) as queries:  # the token, the run
        assert known(script, run, tag).status_code == 304
    for column in ("output", "input", "traceback"):
        assert not [query for query in queries.captured_queries if f'"{column}"' in query["sql"]]


def test_what_is_known_may_be_waited_for(script: Script, owner: User) -> None:
    run = completed(owner, {})
    tag = script.get(f"{RUNS}/{run.pk}")["ETag"]
    response = known(script, run, tag, wait=30)
    assert (response.status_code, response["X-Wait"]) == (304, "ended")


def test_nobody_learns_of_a_run_by_its_tag(script: Script, owner: User, stranger: User) -> None:
    run = completed(owner, {})
    tag = script.get(f"{RUNS}/{run.pk}")["ETag"]
    for sent in (tag, "*"):
        response = known(script_of(stranger), run, sent)
        assert (response.status_code, "ETag" in response) == (404, False)


def test_every_column_that_is_shown_is_in_the_tag() -> None:
    told = {name for field in TOLD_BY for name in (field.name, field.attname)}
    own = {field.name for field in AgentRun._meta.concrete_fields}
    shown = {name for name in RunShape.model_fields if name in own}
    assert shown - told <= {"input", "output"}
    assert {*UNSHOWN} <= own


def test_a_stream_address_stays_the_same_for_a_minute_and_opens_for_two_at_least(
    script: Script, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = acting.running(owner)
    began = timezone.now().replace(second=59, microsecond=0)
    at = lambda seconds: lambda: (began + timedelta(seconds=seconds)).timestamp()  # noqa: E731
    monkeypatch.setattr("time.time", at(0))
    url = script.get(f"/api/v1/runs/{run.pk}").json()["stream_url"]
    assert script.get(f"/api/v1/runs/{run.pk}").json()["stream_url"] == url
    for later, opens in ((0, True), (119, True), (181, False)):
        monkeypatch.setattr("time.time", at(later))
        assert (run_streams.allowed(run.pk, url.rpartition("token=")[2]) is not None) is opens
