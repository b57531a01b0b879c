"""That no worker is listening is said to whoever it matters to, once, and costs a query."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs.models import Cluster, User
from tests import acting
from tests.pages.reading import soup, text

NOBODY = "No worker is listening."
AGENT = reverse("agent", args=["rehearsal"])
ELSEWHERE = [reverse("runs"), reverse("password_change"), reverse("agent_history", args=["rehearsal"])]


@pytest.fixture
def listening(db: None) -> Cluster:
    return Cluster.objects.create(id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=1)


def test_the_agents_page_says_it_before_anything_is_triggered(page: Client) -> None:
    assert text(page.get(AGENT)).count(NOBODY) == 1


@pytest.mark.parametrize("url", ELSEWHERE)
def test_other_pages_say_it_to_whoever_has_an_active_run(page: Client, owner: User, url: str) -> None:
    assert NOBODY not in text(page.get(url))
    acting.pending(owner)
    assert text(page.get(url)).count(NOBODY) == 1


@pytest.mark.parametrize("bring", [acting.pending, acting.waiting, acting.running, acting.completed])
def test_no_page_says_it_twice(page: Client, operators_page: Client, owner: User, bring) -> None:  # type: ignore[no-untyped-def]
    run = bring(owner)
    for browser in (page, operators_page):
        for url in (reverse("home"), reverse("run", args=[run.pk]), AGENT, *ELSEWHERE):
            assert text(browser.get(url)).count(NOBODY) <= 1, url


def test_nothing_is_said_while_somebody_listens(page: Client, owner: User, listening: Cluster) -> None:
    run = acting.pending(owner)
    for url in (reverse("home"), reverse("run", args=[run.pk]), AGENT, *ELSEWHERE):
        assert NOBODY not in text(page.get(url))


def test_an_open_page_learns_that_a_worker_has_come(page: Client, owner: User) -> None:
    (banner,) = soup(page.get(AGENT)).select("#_worker_banner")
    assert NOBODY in text(page.get(str(banner["hx-get"])))
    Cluster.objects.create(id=uuid.uuid4(), host="here", pid=1, version="1", worker_count=1)
    again = page.get(str(banner["hx-get"]))
    assert soup(again).select_one("#_worker_banner[hx-get]")
    assert NOBODY not in text(again)


@pytest.mark.parametrize("url", [AGENT, *ELSEWHERE])
def test_a_page_asks_for_it_once_at_most(page: Client, owner: User, url: str) -> None:
    acting.pending(owner)
    with CaptureQueriesContext(connection) as asked:
        page.get(url)
    assert len([each for each in asked if "runs_cluster" in each["sql"]]) <= 1
