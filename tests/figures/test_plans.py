"""No page looks through all runs, and none asks the database more than eight times."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from runs import doctor, run_pages
from runs.doctor import State
from runs.models import AgentRun, Document, RunEvent, Status, User
from tests import acting
from tests.figures.crowds import (
    LARGE,
    MOST_QUERIES,
    addresses,
    addresses_of_team,
    browsers,
    plan,
    seeded,
    statements,
    team_mate,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

OF_SOMEBODY = {
    "runs_agentrun_pkey",
    "run_of_user",
    "run_of_user_in_status",
    "run_of_user_by_agent",
    "run_of_document",
    "run_one_active_per_slot",
    "run_one_waiting_per_user",
    "run_active",
}
"""What leads to one run, to those of one user or document, or to the few that are active."""
COUNTED = {"run_newest", "run_in_status"}


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


def test_a_teams_list_is_read_along_its_members_runs_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 200)
    seeded(20_000, 4)
    mate, where = team_mate(), addresses_of_team()
    asked = {address: statements(mate, address) for address in where}

    assert {page: len(found) for page, found in asked.items() if len(found) > MOST_QUERIES} == {}
    selects = {(page, one) for page, found in asked.items() for one in found if one.startswith("SELECT")}
    # What is counted is bounded and in no order: the planner knows whether a rare status or a few days are less.
    allowed = {one: OF_SOMEBODY | (COUNTED if "count(" in one.lower() else set()) for _, one in selects}
    assert [(page, bad) for page, one in selects if (bad := scans(plan(one)) - allowed[one])] == []


def scans(plan: str) -> set[str]:
    """By what the table of runs is read."""
    found = re.findall(
        r"using (\w+) on runs_agentrun|Bitmap Index Scan on (run_\w+|runs_agentrun\w+)|(Seq Scan) on runs_agentrun",
        plan,
    )
    return {name for names in found for name in names if name}


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
