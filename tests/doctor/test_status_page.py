"""The operators' page: what the doctor finds and how busy the site is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from runs import queue
from runs.doctor import DatabaseFigures
from runs.models import AgentRun, Cluster, Drill, User
from tests import acting
from tests.doctor.looking import sql
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

PARTS = ("status_figures", "status_findings", "status_database", "status_crashed")
PAGES = [reverse("status"), *map(reverse, PARTS)]


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

    assert "Everything is well: 2 workers, nothing waits." in shown
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
    for name in PARTS:
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


def test_suspicious_runs_are_on_the_page(page: Client, owner: User) -> None:
    run = acting.running(owner)
    AgentRun.objects.filter(pk=run.pk).update(lease_expires_at=Now() + timedelta(seconds=5))

    response = page.get(reverse("status_figures"))

    assert reverse("run", args=[run.pk]) in response.content.decode()
    assert "Silent for 10 s" in text(response)


def test_the_verdict_does_not_forget_the_checks_between_two_looks(page: Client, owner: User) -> None:
    queue.withdraw(acting.pending(owner).queue_row)
    whole = page.get(reverse("status"))
    assert "1 check found something" in soup(whole).select("#_status_verdict")[0].get_text()
    (kept,) = soup(whole).select(str(soup(whole).select("#_status_figures")[0]["hx-include"]))

    part = page.get(reverse("status_figures"), {str(kept["name"]): str(kept["value"])})

    assert "1 check found something" in text(part)
    assert "found something" not in text(page.get(reverse("status_figures"), {"troubles": "9" * 50}))


def test_without_a_worker_the_page_says_how_to_start_one(page: Client) -> None:
    Cluster.objects.all().delete()

    response = page.get(reverse("status"))

    verdict = soup(response).select_one("#_status_verdict[data-tone=danger]")
    assert verdict is not None
    assert "manage.py qcluster" in verdict.get_text()
    assert text(response).count("No worker is listening.") == 2  # And once among the checks.


# --- Agents and the database


def test_agents_are_paused_and_resumed_on_the_page(page: Client) -> None:
    url = reverse("agent_pause", args=["rehearsal"])
    assert soup(page.get(reverse("status"))).select_one(f"#_status_agents form[action='{url}'] input[name=reason]")

    page.post(url, {"reason": "Back at noon.", "back": "status"})

    shown = soup(page.get(reverse("status")))
    assert "Paused: Back at noon." in shown.select("#_status_agents")[0].get_text()
    assert shown.select_one(f"#_status_agents form[action='{reverse('agent_resume', args=['rehearsal'])}']")


def test_the_database_is_measured_without_its_password(page: Client) -> None:
    found = DatabaseFigures.now()

    assert found.total_bytes > found.table_bytes > 0
    assert 0 < found.connection_count <= found.most_connections
    assert int(found.version.split(".")[0]) >= 15
    assert "runs_agentrun" in [table.name for table in found.biggest]
    shown = text(page.get(reverse("status_database")))
    assert f"PostgreSQL {found.version}" in shown
    password = str(connection.settings_dict["PASSWORD"])
    assert not password or password not in shown
