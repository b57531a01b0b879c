"""``/api/v1/saved-views``: the lists of runs that are kept under a name, for scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runs import saved_views
from runs.filters import RunFilter
from runs.models import ApiToken, SavedView, Scope, User
from tests import acting
from tests.api.scripts import Script, script_of

URL = "/api/v1/saved-views"


def rename(script: Script, path: str, name: str) -> Any:
    return script.client.generic("PATCH", path, json.dumps({"name": name}), "application/json")


def test_view_is_saved_without_a_page_and_leads_to_its_runs(script: Script, owner: User) -> None:
    failed = acting.failed(owner)
    acting.completed(owner)
    response = script.post(URL, {"name": " Went  wrong ", "query": "status=failed&text=&period=week"})
    made = response.json()
    assert (response.status_code, response["Location"]) == (201, made["url"])
    assert (made["name"], made["query"]) == ("Went wrong", "status=failed&period=week")
    assert [run["id"] for run in script.get(made["runs_url"]).json()["runs"]] == [str(failed.pk)]
    assert made["page_url"] == "http://testserver/runs/?status=failed&period=week"
    assert script.get(made["url"]).json() == made
    assert script.get(URL).json() == {"saved_views": [made]}


def test_view_is_renamed_and_deleted(script: Script, owner: User) -> None:
    view = saved_views.save(owner, "Failures", RunFilter(status="failed"))
    assert rename(script, f"{URL}/{view.pk}", "Broken").json()["name"] == "Broken"
    assert script.client.delete(f"{URL}/{view.pk}").status_code == 204
    assert script.client.delete(f"{URL}/{view.pk}").status_code == 404


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("status=lost", [["body", "query", "status"]]),
        ("nonsense=1&agent=nobody", [["body", "query", "agent"], ["body", "query", "nonsense"]]),
        ("since=2026-02-02&until=2026-01-01", [["body", "query"]]),
        ("status=failed&status=completed", [["body", "query", "status"]]),
        ("cursor=abc", [["body", "query", "cursor"]]),
    ],
)
def test_faults_of_a_query_are_placed_in_it(script: Script, query: str, places: list[list[str]]) -> None:
    refused = script.post(URL, {"name": "a", "query": query})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "saved_view_refused")
    assert sorted(fault["loc"] for fault in problem["errors"]) == places
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("text=", "There is nothing to save: choose a filter first."),
        ("text=" + "🐘" * 100, "This filter is too long to be saved: search for a shorter text."),
        ("status=failed", "You have a view named “a” already."),
    ],
)
def test_view_that_can_not_be_saved_says_why(script: Script, owner: User, query: str, sentence: str) -> None:
    saved_views.save(owner, "a", RunFilter(status="completed"))
    refused = script.post(URL, {"name": "a", "query": query})
    assert (refused.status_code, refused.json()["code"]) == (422, "saved_view_refused")
    assert refused.json()["detail"] == sentence


def test_another_users_view_is_not_there(script: Script, stranger: User) -> None:
    view = saved_views.save(stranger, "Theirs", RunFilter(status="failed"))
    assert script.get(f"{URL}/{view.pk}").status_code == 404
    assert rename(script, f"{URL}/{view.pk}", "Mine").status_code == 404
    assert script_of(stranger).get(f"{URL}/{view.pk}").json()["name"] == "Theirs"


def test_renaming_tells_a_token_nothing_that_may_not_read(owner: User) -> None:
    view = saved_views.save(owner, "Failures", RunFilter(text="a secret"))
    writer = Script(ApiToken.issue(owner, "writer", scopes=[Scope.RUNS_WRITE])[1])
    assert rename(writer, f"{URL}/{view.pk}", "x").status_code == 403
