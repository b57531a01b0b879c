"""No page looks through all runs, and none asks the database more than eight times."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from runs import doctor, run_pages
from runs.doctor import State
from runs.models import AgentRun, Document, RunEvent, Status, User
from tests import acting
from tests.figures.crowds import LARGE, MOST_QUERIES, addresses, browsers, plan, seeded, statements

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_every_page_goes_by_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    # In proportion to the number of runs: half of a table is read fastest from its beginning to its end.
    monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 200)
    seeded(20_000, 4)
    where = addresses()
    asked = {(who, address): statements(client, address) for who, client in browsers() for address in where}

    crowded = {page: len(found) for page, found in asked.items() if len(found) > MOST_QUERIES}
    assert crowded == {}
    selects = {(page, one) for page, found in asked.items() for one in found if one.startswith("SELECT")}
    slow = [(page, one) for page, one in selects if any(f"Seq Scan on {table}" in plan(one) for table in LARGE)]
    assert slow == []


def test_the_crowd_keeps_every_invariant_and_goes_without_a_trace(owner: User) -> None:
    real = acting.completed(owner)
    with pytest.raises(CommandError, match="runs of real users"):
        seeded(100, 5)
    call_command("seedmillion", runs=1000, events=7, force=True, stdout=StringIO())

    crowd = AgentRun.objects.filter(user__username__startswith="crowd-")
    assert crowd.count() == 1000
    assert set(crowd.values_list("status", flat=True)) == {Status.COMPLETED, Status.FAILED, Status.CANCELLED}
    assert RunEvent.objects.filter(run__in=crowd).count() == 7000
    wrong = [found for found in doctor.examine(["constraints", "slots", "histories"]) if found.state != State.OK]
    assert wrong == []
    with pytest.raises(CommandError, match="already here"):
        seeded(100, 5, force=True)

    call_command("seedmillion", delete=True, stdout=StringIO())
    assert list(AgentRun.objects.all()) == [real]
    assert [user.username for user in User.objects.all()] == ["owner"]
    assert not Document.objects.exists()
