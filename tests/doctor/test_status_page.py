"""The operators' page: what the doctor finds and how busy the site is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from runs import queue
from runs.broker.messages import parked_key
from runs.doctor import Figures
from runs.models import AgentRun, Cluster, Drill, Status, User
from tests import acting
from tests.doctor.looking import sql
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

PAGES = [reverse("status"), reverse("status_figures"), reverse("status_findings")]


@pytest.fixture
def page(operator: User) -> Client:
    return signed_in(operator)


@pytest.mark.parametrize("url", PAGES)
def test_the_page_is_for_operators_only(client: Client, owner: User, operator: User, url: str) -> None:
    assert signed_in(operator).get(url).status_code == 200
    assert signed_in(owner).get(url).status_code == 404
    assert client.get(url).status_code == 302


def test_the_way_there_is_shown_to_operators_only(owner: User, operator: User) -> None:
    def links(user: User) -> list[str]:
        return [str(a["href"]) for a in soup(signed_in(user).get(reverse("home"))).select("nav a")]

    assert reverse("status") in links(operator)
    assert reverse("status") not in links(owner)


def test_all_is_well_and_says_so(page: Client) -> None:
    shown = text(page.get(reverse("status")))

    assert "checks are fine" in shown
    assert "testhost:1" in shown
    assert "Nobody has drilled this site yet" in shown


def test_trouble_stands_first_with_the_command_that_repairs_it(page: Client, owner: User) -> None:
    queue.withdraw(acting.pending(owner).queue_row)

    response = page.get(reverse("status"))

    first = soup(response).select(".checks li")[0].get_text(" ", strip=True)
    assert first.startswith("Trouble Doorbells")
    assert "manage.py doctor --fix repairs it" in " ".join(first.split())
    assert "doctor --fix --dry-run" in text(response)


def test_a_check_that_can_not_be_made_does_not_take_the_page_with_it(page: Client) -> None:
    sql("ALTER TABLE django_migrations RENAME COLUMN app TO gone")

    response = page.get(reverse("status"))

    assert response.status_code == 200
    assert "Could not look" in text(response)


def test_looking_changes_nothing(page: Client, owner: User) -> None:
    queue.withdraw(acting.pending(owner).queue_row)
    before = list(AgentRun.objects.values())

    for url in PAGES:
        page.get(url)

    assert list(AgentRun.objects.values()) == before
    assert not OrmQ.objects.exists()


def test_the_parts_that_are_polled_are_the_parts_of_the_page(page: Client) -> None:
    whole = soup(page.get(reverse("status")))
    for name in ("status_figures", "status_findings"):
        part = soup(page.get(reverse(name))).select_one(f"#_{name}")
        shown = whole.select_one(f"#_{name}")
        assert part is not None
        assert shown is not None
        assert shown["hx-get"] == reverse(name)


def test_the_page_has_no_inline_code(page: Client) -> None:
    found = soup(page.get(reverse("status")))
    assert not [script for script in found.select("script") if not script.get("src")]
    assert not found.select("style, [style], [onclick]")


def test_the_last_drill_is_shown_as_measured(page: Client) -> None:
    result = {
        "fault": "attempt",
        "what": "the agent's process killed",
        "outcome": "broken",
        "slot_seconds": 1.234,
        "slot_budget": 1.0,
        "start_seconds": None,
        "start_budget": 20.0,
        "note": "no run started in time",
    }
    Drill.objects.create(host="elsewhere", version="1", results=[result], ended_at=timezone.now())
    Drill.objects.create(host="under way", version="1")

    shown = text(page.get(reverse("status")))

    assert "The agent's process killed" in shown
    assert "Failed 1.23 s 1 s – 20 s no run started in time" in shown
    assert "under way" not in shown


# --- Figures


def test_figures_count_what_there_is(owner: User, stranger: User, operator: User) -> None:
    acting.running(owner)
    acting.waiting(owner)
    AgentRun.objects.filter(pk=acting.pending(stranger).pk).update(due_at=Now() - timedelta(seconds=90))
    OrmQ.objects.create(key=parked_key(Conf.CLUSTER_NAME), payload="gibberish")
    Cluster.objects.update(busy_count=1)

    figures = Figures.now()

    assert (figures.running_count, figures.pending_count, figures.waiting_count) == (1, 1, 1)
    assert figures.oldest_wait is not None
    assert 90 <= figures.oldest_wait.total_seconds() < 100
    assert len(figures.parked) == 1
    assert (figures.worker_count, figures.busy_count, figures.listening_count) == (2, 1, 1)
    assert figures.database_bytes > 1_000_000


def test_a_backoff_is_no_wait(owner: User) -> None:
    AgentRun.objects.filter(pk=acting.pending(owner).pk).update(due_at=Now() + timedelta(seconds=90))

    assert Figures.now().oldest_wait is None


def test_a_cluster_that_fell_silent_is_shown_and_not_counted(cluster: Cluster) -> None:
    Cluster.objects.update(last_seen_at=Now() - timedelta(minutes=1))

    figures = Figures.now()

    assert (len(figures.clusters), figures.listening_count, figures.worker_count) == (1, 0, 0)


def test_a_run_silent_beyond_half_its_lease_is_suspicious(owner: User) -> None:
    run = acting.running(owner)
    assert not Figures.now().suspicious
    AgentRun.objects.filter(pk=run.pk).update(lease_expires_at=Now() + timedelta(seconds=5))

    (suspicious,) = Figures.now().suspicious

    assert (suspicious.run, suspicious.reason) == (run, "silent for 10 s")


def test_a_run_that_takes_longer_than_nine_of_ten_is_suspicious(owner: User) -> None:
    for _ in range(10):
        acting.completed(owner)
    AgentRun.objects.filter(status=Status.COMPLETED).update(started_at=Now() - timedelta(seconds=20))
    run = acting.running(owner)
    assert not Figures.now().suspicious
    AgentRun.objects.filter(pk=run.pk).update(started_at=Now() - timedelta(seconds=60))

    (suspicious,) = Figures.now().suspicious

    assert suspicious.reason == "nine of ten runs take at most 20 s"


def test_too_few_runs_make_nothing_usual(owner: User) -> None:
    acting.completed(owner)
    AgentRun.objects.filter(pk=acting.running(owner).pk).update(started_at=Now() - timedelta(seconds=60))

    assert not Figures.now().suspicious


def test_suspicious_runs_are_on_the_page(page: Client, owner: User) -> None:
    run = acting.running(owner)
    AgentRun.objects.filter(pk=run.pk).update(lease_expires_at=Now() + timedelta(seconds=5))

    response = page.get(reverse("status_figures"))

    assert reverse("run", args=[run.pk]) in response.content.decode()
    assert "silent for 10 s" in text(response)
