"""Home: what I am running, what I can run, how it went."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from runs.models import AgentSettings, Cluster, User
from tests import acting
from tests.pages.reading import soup, text

HOME = reverse("home")
NOBODY = "No worker is listening"


def test_a_newcomer_is_shown_where_to_start(page: Client) -> None:
    assert "You have not run anything yet" in text(page.get(HOME))


def test_all_agents_are_offered(page: Client) -> None:
    shown = [heading.get_text(strip=True) for heading in soup(page.get(HOME)).select(".agent-card h3")]
    assert shown == ["Document extractor", "Policy checker", "Rehearsal"]


def test_a_paused_agent_says_why(page: Client) -> None:
    AgentSettings.objects.create(agent="rehearsal", paused_at=timezone.now(), paused_reason="<b>Back at noon</b>")
    assert "Paused: <b>Back at noon</b>" in text(page.get(HOME))


def test_the_active_and_the_waiting_run_are_shown_with_what_they_wait_for(page: Client, owner: User) -> None:
    acting.running(owner)
    acting.waiting(owner)
    shown = soup(page.get(HOME))
    assert [card["data-status"] for card in shown.select(".run-card")] == ["running", "waiting"]
    assert "Waiting for your run of the Rehearsal to end" in " ".join(
        shown.select(".run-card")[1].get_text(" ").split()
    )
    assert "1 running: Rehearsal" in text(page.get(HOME))


def test_runs_of_others_are_not_shown_not_even_to_operators(operators_page: Client, owner: User) -> None:
    acting.completed(owner)
    acting.running(owner)
    shown = soup(operators_page.get(HOME))
    assert not shown.select(".run-card, .runs-table")


@pytest.mark.parametrize(("bring", "outcome"), [(acting.completed, "did it"), (acting.failed, "No.")])
def test_the_latest_runs_say_how_they_ended_in_one_line(page: Client, owner: User, bring, outcome: str) -> None:  # type: ignore[no-untyped-def]
    bring(owner)
    row = soup(page.get(HOME)).select_one(".runs-table tbody tr")
    assert row is not None
    assert outcome in row.get_text()


def test_the_page_polls_only_while_something_goes_on(page: Client, owner: User) -> None:
    run = acting.running(owner)
    assert soup(page.get(HOME)).select_one("#_my_runs[hx-get]")
    acting.lifecycle.complete(acting.attempt_of(run), "rehearsed", {})
    assert not soup(page.get(HOME)).select_one("#_my_runs[hx-get]")


def test_a_poll_brings_the_finished_run_into_the_list(page: Client, owner: User) -> None:
    acting.completed(owner)
    update = soup(page.get(reverse("home_update")))
    assert not update.select("main")
    assert update.select_one("#_latest_runs[hx-swap-oob] .runs-table")


def test_nobody_listening_is_said_with_what_to_do(page: Client, operators_page: Client) -> None:
    assert NOBODY in text(page.get(HOME))
    assert "qcluster" not in text(page.get(HOME))
    assert "qcluster" in text(operators_page.get(HOME))
    Cluster.objects.create(id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=1)
    assert NOBODY not in text(page.get(HOME))
