"""Lists that somebody comes back to."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from runs.models import SavedView, User
from tests import acting
from tests.pages.reading import control, soup, text

RUNS = reverse("runs")
VIEWS = reverse("saved_views")


def saved(page: Client, name: str = "Failures", query: str = "status=failed&text=a%26b") -> SavedView:
    page.post(VIEWS, {"name": name, "query": query})
    return SavedView.objects.get(name=" ".join(name.split()))


def test_a_filter_is_saved_without_its_page_and_opened_by_its_chip(page: Client, owner: User) -> None:
    for _ in range(30):
        acting.failed(owner)
    older = str(soup(page.get(RUNS, {"status": "failed"})).select_one("a[rel=next]")["href"])  # type: ignore[index]
    query = str(control(page.get(older), "query")["value"])
    assert query == "status=failed"

    opened = page.post(VIEWS, {"name": "  Went   wrong ", "query": query}, follow=True)

    assert opened.redirect_chain == [(f"{RUNS}?status=failed", 302)]
    chip = soup(opened).select_one(".chip")
    assert chip is not None
    assert (chip.get_text(), chip["href"], chip.has_attr("aria-current")) == (
        "Went wrong",
        f"{RUNS}?status=failed",
        True,
    )
    assert not soup(page.get(RUNS)).select(".chip[aria-current]")


def test_a_view_is_renamed_and_deleted(page: Client) -> None:
    view = saved(page)
    page.post(reverse("saved_view_rename", args=[view.pk]), {"name": "Broken"})
    assert SavedView.objects.get().name == "Broken"
    page.post(reverse("saved_view_delete", args=[view.pk]))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("  ", "status=failed", "Please give the view a name."),
        ("x" * 61, "status=failed", "at most 60 characters"),
        ("Failures", "status=completed", "You have a view named “Failures” already."),
        ("Everything", "", "choose a filter first"),
    ],
)
def test_a_view_that_cannot_be_saved_says_why(page: Client, name: str, query: str, sentence: str) -> None:
    saved(page)
    response = page.post(VIEWS, {"name": name, "query": query})
    assert response.status_code == 422
    assert sentence in text(response)
    assert SavedView.objects.count() == 1


def test_what_was_typed_is_still_there_after_a_refusal(page: Client) -> None:
    saved(page)
    other = saved(page, "Other", "status=cancelled")
    response = page.post(VIEWS, {"name": "Failures", "query": "status=completed"})
    assert control(response, "name")["value"] == "Failures"
    response = page.post(reverse("saved_view_rename", args=[other.pk]), {"name": "Failures"})
    assert response.status_code == 422
    assert control(response, "name")["value"] == "Failures"


def test_a_filter_that_means_nothing_is_not_saved(page: Client) -> None:
    assert page.post(VIEWS, {"name": "Odd", "query": "colour=red"}).status_code == 422
    assert not SavedView.objects.exists()


def test_nobody_sees_or_changes_somebody_elses_views(page: Client, operators_page: Client) -> None:
    view = saved(page)
    assert "Failures" not in text(operators_page.get(RUNS))
    for name in ("saved_view_rename", "saved_view_delete"):
        assert operators_page.post(reverse(name, args=[view.pk]), {"name": "Mine"}).status_code == 404
    assert SavedView.objects.get().name == "Failures"


def test_there_is_an_end_to_how_many_are_saved(page: Client, owner: User) -> None:
    SavedView.objects.bulk_create(SavedView(user=owner, name=str(n), query=f"text={n}") for n in range(30))
    response = page.post(VIEWS, {"name": "One more", "query": "status=failed"})
    assert response.status_code == 422
    assert "delete one first" in text(response)
