"""One run on its page, in every status, and what polling brings."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from runs import lifecycle, uploads
from runs.lifecycle import Line
from runs.models import AgentRun, AgentSettings, Document, ErrorCode, RunEvent, Status, User
from runs.views.watched import LOG_LINES
from tests import acting
from tests.pages.reading import soup, text, upload

HOSTILE = "<script>alert('x')</script>"


def url(run: AgentRun, name: str = "run") -> str:
    return reverse(name, args=[run.pk])


def log(run: AgentRun, *texts: str, level: Any = "info") -> None:
    lifecycle.progress(acting.attempt_of(run), lines=[Line(timezone.now(), level, each) for each in texts])


def reason(response: Any) -> str:
    shown = soup(response).select_one("#_run_status .reason")
    assert shown is not None
    return " ".join(shown.get_text(" ").split())


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_its_word_and_its_reason(page: Client, owner: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    response = page.get(url(run))
    assert reason(response).lower().startswith(status)
    assert len(reason(response)) > len(status) + 3


def test_a_waiting_run_names_what_it_waits_for(page: Client, owner: User) -> None:
    assert "Waiting for your run of the Rehearsal to end" in reason(page.get(url(acting.waiting(owner))))


def test_a_pending_run_says_how_many_are_ahead(page: Client, owner: User, stranger: User, operator: User) -> None:
    acting.pending(stranger)
    acting.pending(operator)
    run = acting.pending(owner)
    assert "No worker is listening" in reason(page.get(url(run)))
    from runs import queue

    queue.report_cluster()
    assert "2 ahead" in reason(page.get(url(run)))


def test_a_run_between_attempts_says_when_the_next_one_starts(page: Client, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "It broke.")
    assert "Next try in" in reason(page.get(url(run)))


def test_a_stopping_run_says_until_when(page: Client, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.cancel(run, by=owner, reason="too slow")
    assert "(too slow); it has stopped at the latest at" in reason(page.get(url(run)))


@pytest.mark.parametrize("code", ErrorCode.values)
def test_a_failed_run_says_what_happened_what_to_do_and_that_the_slot_is_free(
    page: Client, operators_page: Client, owner: User, code: str
) -> None:
    run = acting.running(owner)
    AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)
    lifecycle.fail(acting.attempt_of(run), ErrorCode(code), "It broke.")
    assert reason(page.get(url(run))).startswith("Failed It broke.")
    assert reason(page.get(url(run))).endswith("Your slot is free again.")
    assert reason(operators_page.get(url(run))).endswith("The slot is free again.")


def test_a_traceback_is_for_operators(page: Client, operators_page: Client, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.fail(acting.attempt_of(run), ErrorCode.INVALID_INPUT, "No.", traceback="File 'secret.py'")
    assert "secret.py" not in text(page.get(url(run)))
    assert "secret.py" in text(operators_page.get(url(run)))


def test_hostile_text_of_an_agent_is_only_text(page: Client, owner: User) -> None:
    run = acting.running(owner)
    log(run, HOSTILE)
    log(run, HOSTILE, level="step")
    assert b"<script>alert" not in page.get(url(run)).content
    output = {"act": HOSTILE, HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}], "note": {HOSTILE: [{HOSTILE: HOSTILE}]}}
    lifecycle.complete(acting.attempt_of(run), HOSTILE, output, HOSTILE)
    for address in (url(run), reverse("home"), reverse("runs"), url(run, "run_update")):
        assert b"<script>alert" not in page.get(address).content


def test_terminal_colours_and_control_characters_are_not_sent_to_the_browser(page: Client, owner: User) -> None:
    run = acting.running(owner)
    log(run, "\x1b[31mred\x1b[0m\r\x07")
    content = page.get(url(run)).content
    assert b"\x1b" not in content
    assert b"\x07" not in content
    assert b">red" in content


def test_an_update_brings_only_what_is_new(page: Client, owner: User) -> None:
    run = acting.running(owner)
    log(run, "first line")
    poll = soup(page.get(url(run))).select_one("#_run_status")
    assert poll is not None
    log(run, "second line")
    update = page.get(str(poll["data-update"]))
    assert "second line" in text(update)
    assert "first line" not in text(update)
    assert not soup(update).select("#_run_actions, #_run_result, #announcer, #_run_timeline")


def test_an_update_brings_new_choices_when_the_standing_has_changed(page: Client, owner: User) -> None:
    run = acting.running(owner)
    poll = str(soup(page.get(url(run))).select_one("#_run_status")["data-update"])  # type: ignore[index]
    lifecycle.cancel(run, by=owner)
    update = soup(page.get(poll))
    assert update.select_one("#_run_actions")
    assert update.select_one("#_run_timeline")
    assert "is stopping" in update.select_one("#announcer").get_text()  # type: ignore[union-attr]


def test_the_last_update_shows_the_result_and_ends_the_polling(page: Client, owner: User) -> None:
    run = acting.running(owner)
    poll = str(soup(page.get(url(run))).select_one("#_run_status")["data-update"])  # type: ignore[index]
    log(run, "the very last line")
    lifecycle.complete(acting.attempt_of(run), "rehearsed", {"note": "All went well."}, "done")
    update = soup(page.get(poll))
    assert "All went well." in update.select_one("#_run_result").get_text()  # type: ignore[union-attr]
    assert "the very last line" in update.get_text()
    assert not update.select("#_run_status[data-update]")
    assert not soup(page.get(url(run))).select("#_run_status[data-update]")


def test_polling_never_loads_what_a_run_carries(page: Client, owner: User) -> None:
    run = acting.running(owner)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page.get(url(run, "run_update"))
    statements = [query["sql"] for query in queries if "runs_agentrun" in query["sql"]]
    assert statements
    for column in ('"output"', '"input"', '"traceback"'):
        assert not [statement for statement in statements if f'"runs_agentrun".{column}' in statement]
    assert len(queries) <= 10


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "1.5"])
def test_a_nonsense_cursor_starts_from_the_beginning(page: Client, owner: User, after: str) -> None:
    run = acting.running(owner)
    log(run, "first line")
    assert "first line" in text(page.get(url(run, "run_update"), {"after": after}))


def test_a_flood_of_lines_is_bounded_on_the_page_and_whole_in_the_text(page: Client, owner: User) -> None:
    run = acting.running(owner)
    log(run, *(f"line {number}." for number in range(LOG_LINES + 50)))
    shown = soup(page.get(url(run))).select("#_log_lines li:not([data-level=gap])")
    assert len(shown) == LOG_LINES
    assert f"line {LOG_LINES + 49}." in shown[-1].get_text()
    whole = b"".join(page.get(url(run, "run_log")).streaming_content).decode()  # type: ignore[attr-defined]
    assert all(f"line {number}." in whole for number in range(LOG_LINES + 50))
    assert RunEvent.objects.filter(run=run).count() == whole.count("\n")


def test_the_output_is_a_file_with_the_keys_in_the_order_of_their_declaration(page: Client, owner: User) -> None:
    run = acting.running(owner)
    assert page.get(url(run, "run_output")).status_code == 404
    output = {"act": "succeed", "attempt": 1, "steps": 2, "seconds": 0.5, "note": "<b>"}
    lifecycle.complete(acting.attempt_of(run), "rehearsed", dict(reversed(output.items())))
    response = page.get(url(run, "run_output"))
    assert response["Content-Disposition"].startswith("attachment")
    assert response.json() == output
    assert list(response.json()) == list(output)


def test_a_run_of_an_agent_that_is_gone_still_has_a_page(page: Client, owner: User) -> None:
    run = acting.completed(owner)
    AgentRun.objects.filter(pk=run.pk).update(agent="departed")
    assert "departed" in text(page.get(url(run)))
    assert page.get(url(run, "run_output")).status_code == 200


@pytest.mark.parametrize("agent", ["document-extractor", "policy-checker"])
@pytest.mark.parametrize("output", [None, {}, [], "text", {"fields": "x", "findings": 3, "pages": [1, None]}])
def test_an_output_of_another_shape_does_not_break_the_page(
    page: Client, owner: User, agent: str, output: Any
) -> None:
    run = acting.completed(owner)
    AgentRun.objects.filter(pk=run.pk).update(agent=agent, output=output)
    assert page.get(url(run)).status_code == 200


def test_a_deleted_document_is_not_taken_for_the_sample(page: Client, owner: User) -> None:
    given = str(uploads.keep(upload(), owner).pk)
    on_document = lifecycle.trigger(owner, "document-extractor", {"document": given})
    lifecycle.cancel(on_document, by=owner)
    Document.objects.all().delete()
    on_sample = lifecycle.trigger(owner, "document-extractor", {})
    assert "deleted since" in text(page.get(url(on_document)))
    assert "Bundled sample" in text(page.get(url(on_sample)))


def test_an_agent_that_its_user_may_not_run_any_more_is_not_offered_again(page: Client, owner: User) -> None:
    run = acting.completed(owner)
    assert "Run again" in text(page.get(reverse("run", args=[run.pk])))
    closed = AgentSettings.objects.create(agent="rehearsal")
    closed.groups.add(Group.objects.create(name="Others"))
    actions = soup(page.get(reverse("run", args=[run.pk]))).select_one("#_run_actions")
    assert actions is not None
    assert "You may not run this agent any more." in actions.get_text()
    assert not actions.select("form, a[href*='/agents/']")


def test_the_request_that_asked_for_a_run_is_named(page: Client, owner: User) -> None:
    page.post(reverse("agent", args=["rehearsal"]), {"seconds": "1"}, headers={"X-Request-ID": "edge-7f3a"})
    run = AgentRun.objects.get()
    facts = soup(page.get(reverse("run", args=[run.pk]))).select_one("#_run_facts")
    assert facts is not None
    assert "edge-7f3a" in facts.get_text()
