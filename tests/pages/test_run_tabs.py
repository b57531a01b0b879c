"""The tabs of a run's page, the reason under its title, and its pace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from runs import lifecycle, queue
from runs.models import AgentRun, Cluster, ErrorCode, Status, User
from runs.views.panels import LABELS
from tests import acting
from tests.pages.reading import soup, text


def url(run: AgentRun) -> str:
    return reverse("run", args=[run.pk])


def reason(response: Any) -> str:
    shown = soup(response).select_one("#_run_status .reason")
    assert shown is not None
    return " ".join(shown.get_text(" ").split())


def current(response: Any) -> str:
    tabs = soup(response).select("#_run_tabs [aria-current]")
    assert len(tabs) == 1
    return tabs[0].get_text()


def panel(response: Any, tab: str) -> Tag:
    found = soup(response).select_one(f"#_run_{tab}")
    assert found is not None
    return found


@pytest.mark.parametrize("status", Status.values)
def test_no_tab_disappears_whatever_the_status(page: Client, owner: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    for tab, label in LABELS.items():
        response = page.get(url(run), {"tab": tab})
        assert [a.get_text() for a in soup(response).select("#_run_tabs a")] == list(LABELS.values())
        assert current(response) == label
        shown = panel(response, tab)
        assert not shown.has_attr("data-missing")
        assert len(shown.get_text().split()) > 1, "an empty tab says why it is empty"


@pytest.mark.parametrize(
    ("status", "tab"),
    [
        ("waiting", "Timeline"),
        ("pending", "Log"),
        ("running", "Log"),
        ("completed", "Result"),
        ("failed", "Result"),
    ],
)
def test_the_first_tab_is_what_most_come_for(page: Client, owner: User, status: str, tab: str) -> None:
    run = acting.BRING_TO[status](owner)
    assert current(page.get(url(run))) == tab
    assert current(page.get(url(run), {"tab": "rubbish"})) == tab


def test_a_script_gets_the_one_tab_it_asks_for(page: Client, owner: User) -> None:
    run = acting.completed(owner)
    response = page.get(url(run), {"tab": "json"}, headers={"HX-Request": "true", "HX-Target": "_run_json"})
    assert [part["id"] for part in soup(response).select("section")] == ["_run_json"]
    assert '"a": 1' in text(response)
    assert "HX-Target" in response["Vary"]
    assert soup(page.get(url(run), headers={"HX-Request": "true", "HX-Target": "x"})).select("html main")


@pytest.mark.parametrize("tab", ["log", "evidence", "json", "input", ""])
def test_the_last_update_finds_all_it_replaces_whatever_tab_is_open(page: Client, owner: User, tab: str) -> None:
    run = acting.running(owner)
    shown = soup(page.get(url(run), {"tab": tab}))
    poll = str(shown.select_one("#_run_status")["data-update"])  # type: ignore[index]
    lifecycle.complete(acting.attempt_of(run), "rehearsed", {"note": "All went well."}, "done")
    update = soup(page.get(poll))
    replaced = {str(part["id"]) for part in update.select("body > section[id], body > div[id]:not(#announcer)")}
    assert {"_run_result", "_run_timeline", "_run_evidence", "_run_json"} <= replaced
    assert not [element for element in replaced if not shown.select(f"#{element}")]


def test_a_waiting_run_says_how_many_are_ahead_and_about_how_long(page: Client, owner: User, stranger: User) -> None:
    for _ in range(3):
        run = acting.completed(stranger)
        AgentRun.objects.filter(pk=run.pk).update(started_at=F("completed_at") - timedelta(seconds=30))
    acting.pending(stranger)
    run = acting.pending(owner)
    Cluster.objects.create(id=run.pk, host="h", pid=1, version="1", worker_count=1, busy_count=1)
    assert "Waiting for a worker: 1 ahead, about 45 s" in reason(page.get(url(run)))
    Cluster.objects.update(busy_count=0)
    assert "Waiting for a worker: 1 ahead, about 30 s" in reason(page.get(url(run)))


def test_a_free_worker_is_said_to_be_about_to_take_it(page: Client, owner: User) -> None:
    run = acting.pending(owner)
    Cluster.objects.create(id=run.pk, host="h", pid=1, version="1", worker_count=1)
    assert queue.capacity().idle_count == 1
    assert "one is free" in reason(page.get(url(run)))


def test_the_next_try_comes_with_the_reason_of_the_last(page: Client, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "The model did not answer.")
    said = reason(page.get(url(run)))
    assert "Next try in " in said
    assert said.endswith("attempt 2 of 3: The model did not answer.")


def test_a_failure_names_the_step_it_happened_in(page: Client, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.progress(acting.attempt_of(run), lines=[lifecycle.Line(timezone.now(), "step", "Reading page 7 of 12")])
    lifecycle.fail(acting.attempt_of(run), ErrorCode.INVALID_INPUT, "The file is encrypted.")
    assert "In step “Reading page 7 of 12”: The file is encrypted." in reason(page.get(url(run)))


def test_a_replaced_run_names_the_one_that_replaced_it(page: Client, owner: User) -> None:
    acting.running(owner)
    seated = acting.waiting(owner)
    again = lifecycle.trigger(owner, "rehearsal", {}, on_conflict="replace")
    response = page.get(url(seated))
    assert f"Replaced by run {str(again.pk)[:8]}" in reason(response)
    link = soup(response).select_one("#replaced-by")
    assert link is not None
    assert link["href"] == url(again)


def test_elapsed_is_held_against_the_usual_and_turns_amber_beyond_nine_of_ten(page: Client, owner: User) -> None:
    run = acting.running(owner)
    assert "usually" not in text(page.get(url(run)))
    assert not soup(page.get(url(run))).select(".pace svg")
    lifecycle.complete(acting.attempt_of(run), "rehearsed", {})
    for seconds in (40, 40, 40, 70):
        done = acting.completed(owner)
        AgentRun.objects.filter(pk=done.pk).update(started_at=F("completed_at") - timedelta(seconds=seconds))
    AgentRun.objects.filter(pk=run.pk).delete()
    run = acting.running(owner)
    quick = soup(page.get(url(run)))
    assert "usually 40 s to 1 m 1 s" in " ".join(quick.select(".pace p")[0].get_text(" ").split())
    assert "last sign of life" in quick.select(".pace p")[0].get_text(" ")
    assert not quick.select(".pace[data-slow]")
    AgentRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(seconds=110))
    slow = soup(page.get(url(run)))
    assert slow.select(".pace[data-slow]")
    assert "Running for 1 m 50 s" in " ".join(slow.select(".pace p")[0].get_text(" ").split())


@pytest.mark.parametrize("status", Status.values)
def test_the_first_tab_costs_at_most_eight_queries(page: Client, owner: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    with CaptureQueriesContext(connection) as queries:
        page.get(url(run))
    assert len(queries) <= 8, "\n".join(query["sql"][:150] for query in queries)
