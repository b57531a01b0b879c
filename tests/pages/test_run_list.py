"""The list of runs: filters in the URL, pages by key, nothing heavy loaded."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from runs import run_pages, tallies
from runs.filters import RunFilter
from runs.models import AgentRun, User
from tests import acting
from tests.pages.reading import chosen, control, soup, text

RUNS = reverse("runs")


def rows(response: object) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in soup(response).select(".runs-table tbody tr")]  # type: ignore[arg-type]


def test_people_see_their_own_runs_and_operators_everyones_with_the_user(
    page: Client, operators_page: Client, owner: User, stranger: User
) -> None:
    acting.completed(owner)
    acting.failed(stranger)
    assert len(rows(page.get(RUNS))) == 1
    assert "owner" not in rows(page.get(RUNS))[0]
    everyone = rows(operators_page.get(RUNS))
    assert ["stranger" in everyone[0], "owner" in everyone[1]] == [True, True]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"since": "2000-01-01", "until": ""}, 3),
        ({"until": "2000-01-01"}, 0),
        ({"trigger": "dashboard"}, 3),
        ({"trigger": "api"}, 0),
        ({}, 3),
        ({"status": "active"}, 1),
        ({"status": "completed"}, 1),
        ({"status": "waiting"}, 0),
        ({"agent": "rehearsal"}, 3),
        ({"agent": "policy-checker"}, 0),
        ({"period": "hour"}, 3),
        ({"text": "did it"}, 1),
        ({"text": "did it", "status": "failed"}, 0),
    ],
)
def test_filters_stand_in_the_url(page: Client, owner: User, query: dict[str, str], count: int) -> None:
    acting.completed(owner)
    acting.failed(owner)
    acting.running(owner)
    assert len(rows(page.get(RUNS, query))) == count


def test_a_status_tab_keeps_the_other_filters(page: Client) -> None:
    tabs = soup(page.get(RUNS, {"text": "a&b", "status": "failed"})).select(".tabs a")
    assert "?status=completed&text=a%26b" in [str(tab["href"]).removeprefix(RUNS) for tab in tabs] or any(
        "status=completed" in str(tab["href"]) and "text=a%26b" in str(tab["href"]) for tab in tabs
    )
    assert [tab.get_text(strip=True) for tab in tabs if tab.has_attr("aria-current")] == ["Failed"]


def test_older_runs_are_a_page_away_and_none_is_seen_twice(page: Client, owner: User) -> None:
    for _ in range(30):
        acting.failed(owner)
    first = soup(page.get(RUNS, {"status": "failed"}))
    older = first.select_one("a[rel=next]")
    assert older is not None
    second = soup(page.get(str(older["href"])))
    links = [str(a["href"]) for part in (first, second) for a in part.select(".runs-table tbody a")]
    assert len(links) == len(set(links)) == 30
    assert "status=failed" in str(older["href"])
    assert not second.select("a[rel=next]")


@pytest.mark.parametrize(
    "query", [{"status": "bogus"}, {"agent": "nobody"}, {"cursor": "rubbish"}, {"period": "eon"}, {"colour": "red"}]
)
def test_a_bad_filter_gets_a_clear_message(page: Client, query: dict[str, str]) -> None:
    response = page.get(RUNS, query)
    assert response.status_code == 400
    assert "This filter can not be used." in text(response)
    assert next(iter(query)) in text(response)


@pytest.mark.parametrize("hostile", ["\x00", "'; DROP TABLE runs_agentrun; --", "%", "\\", "<script>alert(1)"])
def test_hostile_searches_find_nothing_and_break_nothing(page: Client, hostile: str) -> None:
    response = page.get(RUNS, {"text": hostile})
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_empty_lists_say_why(page: Client, owner: User) -> None:
    assert "Nothing has been run yet" in text(page.get(RUNS))
    acting.completed(owner)
    assert "No run matches these filters" in text(page.get(RUNS, {"status": "failed"}))


@pytest.mark.parametrize("name", ["runs", "home", "active_runs"])
def test_lists_never_load_what_runs_carry_and_cost_the_same_however_many(
    page: Client, owner: User, stranger: User, name: str
) -> None:
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            page.get(reverse(name))
        return [query["sql"] for query in queries]

    acting.completed(owner)
    acting.running(owner)
    few = statements()
    for run in AgentRun.objects.active():
        acting.lifecycle.complete(acting.attempt_of(run), "rehearsed", {"big": "x" * 1000})
    for _ in range(5):
        acting.completed(owner)
    acting.running(owner)
    many = statements()
    assert len(many) == len(few) <= 8
    for statement in many:
        for column in ("output", "input", "traceback"):
            assert f'"runs_agentrun"."{column}"' not in statement


def test_tabs_say_how_many_of_each_within_the_other_filters(page: Client, owner: User) -> None:
    acting.completed(owner)
    acting.completed(owner)
    acting.failed(owner)
    acting.running(owner)

    def tabs(**query: str) -> str:
        return " ".join(soup(page.get(RUNS, query)).select(".tabs")[0].get_text(" ").split())

    assert tabs() == tabs(status="failed") == "All Active 1 Waiting 0 Completed 2 Failed 1 Cancelled 0"
    assert tabs(agent="policy-checker") == "All Active 0 Waiting 0 Completed 0 Failed 0 Cancelled 0"
    # Counting what a search finds would be the search itself.
    assert tabs(text="did it") == "All Active Waiting Completed Failed Cancelled"


def test_no_more_is_counted_than_is_told(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "MOST_COUNTED", 2)
    for _ in range(4):
        acting.completed(owner)
    found = tallies.tallies(AgentRun.objects.all(), RunFilter(), ["completed"], timezone.now())
    assert found["completed"].count == 3
    assert str(found["completed"]) == "2+"


def test_active_runs_stand_on_top_however_old(operators_page: Client, owner: User, stranger: User) -> None:
    old = acting.running(owner)
    for _ in range(26):
        acting.failed(stranger)
    with CaptureQueriesContext(connection) as queries:
        found = soup(operators_page.get(RUNS)).select(".runs-table tbody a")
    assert len(queries) <= 8
    assert str(old.pk) in str(found[0]["href"])
    assert len({str(a["href"]) for a in found}) == len(found) == 26
    assert str(old.pk) not in str(soup(operators_page.get(RUNS, {"status": "failed"})).select(".runs-table tbody"))


def test_newer_runs_are_a_page_away_too(page: Client, owner: User) -> None:
    for _ in range(30):
        acting.failed(owner)
    first = soup(page.get(RUNS))
    assert not first.select("a[rel=prev]")
    second = soup(page.get(str(first.select_one("a[rel=next]")["href"])))  # type: ignore[index]
    again = soup(page.get(str(second.select_one("a[rel=prev]")["href"])))  # type: ignore[index]
    links = [[a["href"] for a in part.select(".runs-table tbody a")] for part in (first, again)]
    assert links[0] == links[1]


def test_a_bad_filter_loses_nothing_that_was_typed(page: Client, owner: User) -> None:
    acting.completed(owner)
    response = page.get(RUNS, {"since": "soon", "text": "did it", "status": "completed"})
    assert response.status_code == 400
    assert control(response, "since")["value"] == "soon"
    assert control(response, "text")["value"] == "did it"
    response = page.get(RUNS, {"since": "2026-03-02", "until": "2026-03-01", "agent": "rehearsal"})
    assert "The first day is after the last." in text(response)
    assert chosen(response, "agent") == "rehearsal"


def test_only_operators_are_asked_for_a_user(page: Client, operators_page: Client) -> None:
    assert not soup(page.get(RUNS)).select("main [name=user]")
    assert control(operators_page.get(RUNS, {"user": "owner"}), "user")["value"] == "owner"


def test_a_search_that_stopped_says_how_far_it_came_and_goes_on(
    page: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 2)
    runs = [acting.completed(owner) for _ in range(3)]
    AgentRun.objects.filter(pk=runs[0].pk).update(summary="the needle")
    response = page.get(RUNS, {"text": "needle"})
    assert "Nothing found in 2 runs, back to" in text(response)
    on = soup(response).select_one("a[rel=next]")
    assert on is not None
    assert "the needle" in text(page.get(str(on["href"])))


@pytest.mark.django_db(transaction=True)
def test_a_list_that_takes_too_long_offers_shorter_ones(page: Client, owner: User, settings: Any) -> None:
    ended = {"status": "failed", "completed_at": timezone.now(), "error": "No. " * 50}
    AgentRun.objects.bulk_create(AgentRun(user=owner, agent="rehearsal", **ended) for _ in range(4000))
    query = {"period": "week", "text": "no such words"}
    settings.LIST_PATIENCE_SECONDS = 0.001
    response = page.get(RUNS, query)
    assert response.status_code == 503
    assert "This took too long to find." in text(response)
    assert [a.get_text() for a in soup(response).select(".empty a")] == ["Last hour", "Last day", "Clear filters"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",)
    settings.LIST_PATIENCE_SECONDS = 3
    assert "No run matches these filters" in text(page.get(RUNS, query))


def test_an_update_brings_rows_like_those_of_the_page(operators_page: Client, owner: User) -> None:
    run = acting.running(owner)

    def cells(url: str, **query: str) -> list[str]:
        row = soup(operators_page.get(url, query)).select_one(f"#run-{run.pk}")
        assert row is not None
        return [str(cell.get("data-label", cell.get("class"))) for cell in row.find_all(["td", "th"])]

    assert cells(reverse("runs_update"), rows=str(run.pk)) == cells(RUNS)
