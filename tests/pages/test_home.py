"""Home: what I am running, what I can run, how it went."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from runs.models import AgentRun, AgentSettings, Cluster, User
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
    shown = soup(operators_page.get(HOME))
    assert not shown.select(".run-card, .runs-table")


def test_operators_also_see_what_is_active_on_the_whole_site(
    operators_page: Client, strangers_page: Client, owner: User
) -> None:
    run = acting.running(owner)
    shown = soup(operators_page.get(HOME))
    assert not shown.select(".run-card")
    assert [row["id"] for row in shown.select("#_everybodys_runs tbody tr")] == [f"run-{run.pk}"]
    assert not soup(strangers_page.get(HOME)).select("#_everybodys_runs")


def test_what_everybody_runs_is_bounded(operators_page: Client) -> None:
    for number in range(21):
        acting.pending(User.objects.create_user(f"user {number}"))
    shown = soup(operators_page.get(HOME))
    assert len(shown.select("#_everybodys_runs tbody tr")) == 20
    assert shown.select_one("#all-active-runs")


def test_the_sample_can_be_tried_in_one_click(page: Client, owner: User) -> None:
    form = soup(page.get(HOME)).select_one("#_first_run form")
    assert form is not None
    page.post(str(form["action"]), {})
    assert [(run.agent, run.status) for run in owner.runs.all()] == [("document-extractor", "pending")]
    assert not soup(page.get(HOME)).select("#_first_run")


def usually(owner: User, seconds: float) -> None:
    """Let rehearsals have taken so long."""
    for _ in range(3):
        run = acting.completed(owner)
        AgentRun.objects.filter(pk=run.pk).update(started_at=F("completed_at") - timedelta(seconds=seconds))


def test_agents_and_running_runs_say_what_is_usual(page: Client, owner: User) -> None:
    usually(owner, 40)
    acting.running(owner)
    shown = soup(page.get(HOME))
    assert "Usually 40 s" in " ".join(text(page.get(HOME)).split())
    assert "usually 40 s" in shown.select(".run-card .pace")[0].get_text(" ", strip=True)
    assert not shown.select(".pace[data-slow]")


def test_a_run_that_takes_longer_than_nine_of_ten_says_so(page: Client, owner: User) -> None:
    usually(owner, 40)
    AgentRun.objects.filter(pk=acting.running(owner).pk).update(started_at=Now() - timedelta(seconds=90))
    late = soup(page.get(HOME)).select_one(".run-card .pace[data-slow]")
    assert late is not None
    assert "slower than nine of ten" in late.get_text()


@pytest.mark.parametrize("who", ["page", "operators_page"])
def test_the_page_costs_at_most_eight_queries(
    who: str,
    request: pytest.FixtureRequest,
    owner: User,
    operator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = request.getfixturevalue(who)
    for user in (owner, operator):
        usually(user, 1)
        acting.running(user)
        acting.waiting(user)
    with django_assert_max_num_queries(8):
        client.get(HOME)


@pytest.mark.parametrize("who", ["page", "operators_page"])
def test_a_pending_run_costs_no_more(
    who: str,
    request: pytest.FixtureRequest,
    owner: User,
    operator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = request.getfixturevalue(who)
    for user in (owner, operator):
        usually(user, 1)
        acting.pending(user)
    Cluster.objects.create(id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=1, busy_count=1)
    with django_assert_max_num_queries(8):
        client.get(HOME)


@pytest.mark.parametrize(
    ("status", "picture"), [("running", "running"), ("pending", "running"), ("completed", "favicon.svg")]
)
def test_title_and_picture_of_the_tab_say_what_is_running(
    page: Client, owner: User, status: str, picture: str
) -> None:
    acting.BRING_TO[status](owner)
    shown = soup(page.get(HOME))
    assert picture in str(shown.select_one("link[rel=icon]"))
    assert ("Rehearsal ·" in str(shown.title)) is (status != "completed")


@pytest.mark.parametrize(("bring", "outcome"), [(acting.completed, "did it"), (acting.failed, "No.")])
def test_the_latest_runs_say_how_they_ended_in_one_line(page: Client, owner: User, bring, outcome: str) -> None:  # type: ignore[no-untyped-def]
    bring(owner)
    row = soup(page.get(HOME)).select_one(".runs-table tbody tr")
    assert row is not None
    assert outcome in row.get_text()


def test_a_run_that_ends_before_the_readers_eyes_keeps_its_card(page: Client, owner: User) -> None:
    run = acting.running(owner)
    asked = soup(page.get(HOME)).select_one("#_my_runs")
    assert asked is not None
    acting.lifecycle.complete(acting.attempt_of(run), "rehearsed", {}, "all went well")
    card = soup(page.get(str(asked["data-update"]))).select_one(".run-card")
    assert card is not None
    assert card["data-status"] == "completed"
    assert "all went well" in card.get_text()
    assert not soup(page.get(HOME)).select(".run-card")


def test_a_page_cannot_ask_for_the_cards_of_others(strangers_page: Client, owner: User) -> None:
    run = acting.completed(owner)
    assert not soup(strangers_page.get(reverse("home_update"), {"shown": f"{run.pk},x"})).select(".run-card")


def test_a_poll_brings_the_finished_run_into_the_list(page: Client, owner: User) -> None:
    acting.completed(owner)
    update = soup(page.get(reverse("home_update")))
    assert not update.select("main")
    assert update.select_one("#_latest_runs .runs-table")


def test_nobody_listening_is_said_with_what_to_do(page: Client, operators_page: Client) -> None:
    assert NOBODY in text(page.get(HOME))
    assert "qcluster" not in text(page.get(HOME))
    assert "qcluster" in text(operators_page.get(HOME))
    Cluster.objects.create(id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=1)
    assert NOBODY not in text(page.get(HOME))
