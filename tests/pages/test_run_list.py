"""The list of runs: filters in the URL, pages by key, nothing heavy loaded."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs.models import AgentRun, User
from tests import acting
from tests.pages.reading import soup, text

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
    assert [tab.get_text() for tab in tabs if tab.has_attr("aria-current")] == ["Failed"]


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
    assert len(many) == len(few) <= 9
    for statement in many:
        for column in ("output", "input", "traceback"):
            assert f'"runs_agentrun"."{column}"' not in statement
