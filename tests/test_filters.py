"""Lists are narrowed by the URL, paged by key, and never load payloads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import access, lifecycle, run_pages, uploads
from runs.errors import InvalidInput
from runs.filters import RunFilter
from runs.models import AgentRun, Status, Trigger, User
from runs.run_pages import RunPage, page_of
from tests import acting

pytestmark = pytest.mark.django_db


def listed(reader: User, /, size: int = 25, **parameters: str) -> RunPage:
    return page_of(access.visible_runs(reader), RunFilter.parse(parameters), now=timezone.now(), size=size)


def test_newest_first(owner: User) -> None:
    runs = [acting.completed(owner) for _ in range(3)]

    assert listed(owner).runs == runs[::-1]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_by_status(owner: User, status: Status) -> None:
    runs = {status: bring(owner) for status, bring in acting.BRING_TO.items() if status in ("completed", "failed")}
    runs[Status.CANCELLED] = acting.cancelled(owner)

    assert listed(owner, status=status).runs == [runs[status]]


def test_active_means_holding_a_slot(owner: User, stranger: User, operator: User) -> None:
    running, _, pending = acting.running(owner), acting.pending(owner, on_conflict="wait"), acting.pending(stranger)

    assert set(listed(operator, status="active").runs) == {running, pending}


def test_by_agent_period_and_text(owner: User) -> None:
    document = uploads.keep(ContentFile(b"Words.", name="Lease Contract.txt"), owner)
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    lifecycle.cancel(run, by=owner)
    old = acting.completed(owner)
    AgentRun.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))

    assert listed(owner, agent="document-extractor").runs == [run]
    assert listed(owner, period="day").runs == [run]
    assert listed(owner, period="week").runs == [run, old]
    assert listed(owner, text="lease contr").runs == [run]
    assert listed(owner, text="did it").runs == [old]
    assert listed(owner, text=str(old.pk)).runs == [old]
    assert listed(owner, text=str(old.pk)[:11]).runs == [old]


def test_pages_follow_each_other_without_gap_or_repetition(owner: User) -> None:
    runs = [acting.completed(owner) for _ in range(7)]
    same_moment = timezone.now()
    AgentRun.objects.filter(pk__in=[run.pk for run in runs[2:5]]).update(created_at=same_moment)

    seen, cursor = [], ""
    while True:
        page = listed(owner, size=2, cursor=cursor)
        seen += page.runs
        cursor = page.next_cursor
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 7


def test_new_runs_do_not_shift_later_pages(owner: User) -> None:
    runs = [acting.completed(owner) for _ in range(4)]
    first = listed(owner, size=2)
    acting.completed(owner)

    assert listed(owner, size=2, cursor=first.next_cursor).runs == runs[1::-1]


@pytest.mark.parametrize(
    "parameters",
    [
        {"status": "sleeping"},
        {"agent": "nobody"},
        {"period": "aeon"},
        {"cursor": "nonsense"},
        {"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTp4"},
        {"colour": "red"},
        {"text": "x" * 101},
        {"since": "soon"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"document": "invoice"},
        {"trigger": "nobody"},
    ],
)
def test_what_means_nothing_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        RunFilter.parse(parameters)


def test_newer_leads_back_through_the_same_pages(owner: User) -> None:
    for _ in range(7):
        acting.completed(owner)
    pages = [listed(owner, size=2)]
    while pages[-1].next_cursor:
        pages.append(listed(owner, size=2, cursor=pages[-1].next_cursor))

    page, back = pages[-1], [pages[-1].runs]
    while page.previous_cursor:
        page = listed(owner, size=2, cursor=page.previous_cursor)
        back.append(page.runs)

    assert back == [page.runs for page in reversed(pages)]
    assert page.previous_cursor == pages[0].previous_cursor == ""


def test_the_newest_page_is_whole_when_one_comes_back_to_it(owner: User) -> None:
    runs = [acting.completed(owner) for _ in range(4)]
    second = listed(owner, size=2, cursor=listed(owner, size=2).next_cursor)
    latest = acting.completed(owner)

    between = listed(owner, size=2, cursor=second.previous_cursor)
    assert between.runs == [runs[3], runs[2]]
    assert listed(owner, size=2, cursor=between.previous_cursor).runs == [latest, runs[3]]


def test_by_days_both_of_which_count(owner: User) -> None:
    runs = [acting.completed(owner) for _ in range(3)]
    for run, at in zip(runs, ("2026-03-01T00:00Z", "2026-03-02T23:59:59Z", "2026-03-03T00:00Z"), strict=True):
        AgentRun.objects.filter(pk=run.pk).update(created_at=at)

    assert set(listed(owner, since="2026-03-01", until="2026-03-02").runs) == {runs[0], runs[1]}
    assert set(listed(owner, since="2026-03-02").runs) == {runs[1], runs[2]}
    assert listed(owner, until="2026-03-01").runs == [runs[0]]
    # The last day there is has no next.
    assert set(listed(owner, until="9999-12-31").runs) == set(runs)


def test_by_user_document_and_who_asked(owner: User, stranger: User, operator: User) -> None:
    document = uploads.keep(ContentFile(b"Words.", name="words.txt"), owner)
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)}, trigger=Trigger.API)
    lifecycle.cancel(run, by=owner)
    other = acting.completed(stranger)

    assert listed(operator, user="stranger").runs == [other]
    assert listed(operator, user="nobody").runs == []
    assert listed(owner, user="stranger").runs == []
    assert listed(operator, document=str(document.pk)).runs == [run]
    assert listed(operator, trigger="api").runs == [run]


def test_a_search_stops_after_so_many_runs_and_goes_on_from_there(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 3)
    oldest, *rest = [acting.completed(owner) for _ in range(8)]
    AgentRun.objects.filter(pk__in=[oldest.pk, rest[-1].pk]).update(summary="the needle")

    first = listed(owner, text="needle")
    assert (first.runs, first.searched_to) == ([rest[-1]], rest[-3].created_at)
    second = listed(owner, text="needle", cursor=first.next_cursor)
    assert (second.runs, second.searched_to is not None) == ([], True)
    third = listed(owner, text="needle", cursor=second.next_cursor)
    assert (third.runs, third.searched_to, third.next_cursor) == ([oldest], None, "")


def test_an_id_is_found_however_old_its_run_is(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 1)
    oldest, *_ = [acting.completed(owner) for _ in range(3)]

    assert listed(owner, text=str(oldest.pk)[:8]).runs == [oldest]
    assert listed(owner, text=str(oldest.pk), status="failed").runs == []


def test_text_with_wildcards_is_taken_literally(owner: User) -> None:
    acting.completed(owner)

    assert listed(owner, text="%").runs == []
    assert listed(owner, text="_").runs == []


def test_text_no_database_takes_is_no_fault(owner: User) -> None:
    assert listed(owner, text="a\x00\ud800").runs == []


def test_one_query_without_payloads(owner: User, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        acting.completed(owner)

    with CaptureQueriesContext(connection) as queries:
        for run in listed(owner).runs:
            assert (run.user.username, run.document) == ("owner", None)

    assert len(queries) == 1
    for column in ("output", '"input"', "traceback"):
        assert column not in queries[0]["sql"]
