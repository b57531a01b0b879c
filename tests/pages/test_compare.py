"""Two runs on one page."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs import uploads
from runs.models import User
from tests import acting
from tests.pages.reading import soup, text
from tests.test_comparing import extracted, field, rehearsed

COMPARE = reverse("compare")


def test_changes_are_shown_first_and_everything_on_demand(page: Client, owner: User) -> None:
    left = extracted(owner, field("total", "5"), field("seller", "Kestrel"))
    right = extracted(owner, field("total", "6"), field("seller", "Kestrel"))
    sides = {"left": left.pk, "right": right.pk}

    changes = page.get(COMPARE, sides)
    rows = [" ".join(row.get_text(" ").split()) for row in soup(changes).select(".compare-table tbody tr")]
    assert rows == ["Total 5 page 1 5 6 page 1 6 Changed"]
    assert "Changes 1 All 4" in text(changes)
    everything = page.get(COMPARE, {**sides, "show": "all"})
    assert len(soup(everything).select(".compare-table tbody tr")) == 4
    assert f"left={right.pk}&right={left.pk}" in str(soup(changes).select(".section-head a")[0]["href"])


def test_two_ticked_runs_lead_to_their_comparison_the_earlier_on_the_left(page: Client, owner: User) -> None:
    earlier, later = rehearsed(owner, {"a": 1}), rehearsed(owner, {"a": 2})
    ticked = [str(box["value"]) for box in soup(page.get(reverse("runs"))).select(".tick input")]
    assert ticked == [str(later.pk), str(earlier.pk)]
    response = page.get(reverse("selection"), {"do": "compare", "run": ticked})
    assert response["Location"] == f"{COMPARE}?left={earlier.pk}&right={later.pk}"


def test_a_run_page_leads_to_the_comparison_with_the_run_before(page: Client, owner: User) -> None:
    earlier, later = rehearsed(owner, {"a": 1}), rehearsed(owner, {"a": 2})
    link = soup(page.get(reverse("run", args=[later.pk]))).select_one(f'main a[href^="{COMPARE}"]')
    assert link is not None
    assert page.get(str(link["href"]))["Location"] == f"{COMPARE}?left={earlier.pk}&right={later.pk}"
    response = page.get(COMPARE, {"right": earlier.pk})
    assert response.status_code == 422
    assert "There is no earlier run like this one." in text(response)


def test_two_that_say_the_same_say_so(page: Client, owner: User) -> None:
    one, other = rehearsed(owner, {"a": 1, "b": [2, 1]}), rehearsed(owner, {"b": [1, 2], "a": 1.0})
    assert "Nothing has changed: all 2 values mean the same" in text(
        page.get(COMPARE, {"left": one.pk, "right": other.pk})
    )


def test_different_documents_are_pointed_out(page: Client, owner: User) -> None:
    documents = [uploads.keep(ContentFile(words, name="words.txt"), owner) for words in (b"Some.", b"Other.")]
    one, other, again = (extracted(owner, document=document) for document in (*documents, documents[0]))
    said = "These runs worked on different documents"
    assert said in text(page.get(COMPARE, {"left": one.pk, "right": other.pk}))
    assert said not in text(page.get(COMPARE, {"left": one.pk, "right": again.pk}))


def test_a_run_without_output_is_pointed_out(page: Client, owner: User) -> None:
    failed, done = acting.failed(owner), rehearsed(owner, {"a": 1})
    assert "The run on the left has no output: it is failed." in text(
        page.get(COMPARE, {"left": failed.pk, "right": done.pk})
    )


def test_different_agents_are_refused_in_a_sentence(page: Client, owner: User) -> None:
    response = page.get(COMPARE, {"left": extracted(owner).pk, "right": rehearsed(owner, {}).pk})
    assert response.status_code == 422
    assert "their answers have nothing in common to compare" in text(response)


def test_both_runs_must_be_ones_own(page: Client, operators_page: Client, owner: User, stranger: User) -> None:
    mine, theirs = rehearsed(owner, {}), rehearsed(stranger, {})
    for left, right in ((mine, theirs), (theirs, mine)):
        assert page.get(COMPARE, {"left": left.pk, "right": right.pk}).status_code == 404
        assert operators_page.get(COMPARE, {"left": left.pk, "right": right.pk}).status_code == 200


@pytest.mark.parametrize("query", [{}, {"right": "rubbish"}, {"left": "rubbish", "right": "rubbish"}])
def test_a_comparison_of_nothing_is_not_found(page: Client, query: dict[str, str]) -> None:
    assert page.get(COMPARE, query).status_code == 404


def test_what_documents_say_is_never_markup(page: Client, owner: User) -> None:
    one, other = (extracted(owner, field("total", f"<script>{number}")) for number in (1, 2))
    assert b"<script>1" not in page.get(COMPARE, {"left": one.pk, "right": other.pk}).content


def test_a_comparison_costs_the_same_however_much_there_is(page: Client, owner: User) -> None:
    one, other = (extracted(owner, *(field(f"f{n}", str(n * by)) for n in range(50))) for by in (1, 2))
    with CaptureQueriesContext(connection) as queries:
        page.get(COMPARE, {"left": one.pk, "right": other.pk})
    assert len(queries) <= 8
