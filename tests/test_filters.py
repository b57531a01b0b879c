"""Lists are narrowed by the URL, paged by key, and never load payloads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import access, lifecycle, uploads
from runs.errors import InvalidInput
from runs.filters import RunFilter, RunPage, page_of
from runs.models import AgentRun, Status, User
from tests import acting

pytestmark = pytest.mark.django_db


def listed(user: User, size: int = 25, **parameters: str) -> RunPage:
    return page_of(access.visible_runs(user), RunFilter.parse(parameters), now=timezone.now(), size=size)


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
    ],
)
def test_what_means_nothing_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        RunFilter.parse(parameters)


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
