"""What the last days brought, and the pages that draw it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from runs import trends
from runs.errors import TookTooLong
from runs.models import AgentRun, Status, Trigger, User
from runs.views.trends import Trends
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

pytestmark = pytest.mark.django_db

HISTORY = reverse("agent_history", args=["rehearsal"])


def ended(
    user: User,
    days_ago: int = 0,
    *,
    status: str = Status.COMPLETED,
    waited: Sequence[float] = (1.0,),
    ran: float = 10.0,
    **columns: Any,
) -> None:
    """Runs that ended so many days ago, one for each of the seconds they waited."""
    noon = timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=days_ago), time(0, 0, 1)))
    AgentRun.objects.bulk_create(
        AgentRun(
            user=user,
            agent=columns.get("agent", "rehearsal"),
            trigger=columns.get("trigger", Trigger.API),
            status=status,
            due_at=noon - timedelta(seconds=ran + seconds),
            started_at=columns.get("started_at", noon - timedelta(seconds=ran)),
            completed_at=noon,
        )
        for seconds in waited
    )


def test_every_day_is_there_also_one_without_runs(owner: User) -> None:
    ended(owner, 2, waited=(1, 1))
    ended(owner, 0, status=Status.FAILED)
    found = trends.days(4)
    assert [day.date for day in found] == [timezone.localdate() - timedelta(days=back) for back in (3, 2, 1, 0)]
    assert [(day.outcomes.completed, day.outcomes.failed, day.outcomes.cancelled) for day in found] == [
        (0, 0, 0),
        (2, 0, 0),
        (0, 0, 0),
        (0, 1, 0),
    ]
    assert found[0].waits is None


def test_a_day_begins_at_its_first_moment_and_ends_before_the_next(owner: User) -> None:
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
    ended(owner, waited=(1, 1))
    first, second = AgentRun.objects.order_by("pk")
    AgentRun.objects.filter(pk=first.pk).update(completed_at=midnight)
    AgentRun.objects.filter(pk=second.pk).update(completed_at=midnight - timedelta(microseconds=1))
    assert [day.outcomes.together for day in trends.days(2)] == [1, 1]


def test_half_and_nine_of_ten_waited_and_ran_so_long(owner: User) -> None:
    ended(owner, waited=range(1, 11), ran=20)
    (today,) = trends.days(1)
    assert today.waits == trends.Spans(timedelta(seconds=5), timedelta(seconds=9))
    assert today.times == trends.Spans(timedelta(seconds=20), timedelta(seconds=20))


def test_what_never_started_has_not_waited_to_its_end(owner: User) -> None:
    ended(owner, status=Status.CANCELLED, started_at=None)
    (today,) = trends.days(1)
    assert (today.outcomes.cancelled, today.waits, today.times) == (1, None, None)


def test_running_times_are_of_completed_runs_that_ran_themselves(owner: User) -> None:
    ended(owner, ran=10)
    ended(owner, ran=900, status=Status.FAILED, waited=(1,) * 5)
    ended(owner, ran=900, trigger=Trigger.ADOPTION, waited=(1,) * 5)
    (today,) = trends.days(1)
    assert today.times == trends.Spans(timedelta(seconds=10), timedelta(seconds=10))


def test_it_is_narrowed_to_an_agent_and_a_user(owner: User, stranger: User) -> None:
    ended(owner)
    ended(stranger)
    ended(owner, agent="policy-checker")

    def count(**narrowed: Any) -> int:
        return sum(day.outcomes.together for day in trends.days(1, **narrowed))

    assert (count(), count(agent="rehearsal"), count(agent="rehearsal", user=owner)) == (3, 2, 1)
    assert {name: each.together for name, each in trends.outcomes_by_agent(1).items()} == {
        "rehearsal": 2,
        "policy-checker": 1,
    }


def test_days_come_from_an_index_that_holds_all_that_is_read(owner: User) -> None:
    for back in range(60):
        ended(owner, back, waited=(1,) * 50)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE runs_agentrun")
        today = timezone.localdate()
        sent = {"completed": "completed", "failed": "failed", "cancelled": "cancelled", "borrowers": ["adoption"]}
        begins = [timezone.now() - timedelta(days=1)]
        asked = {"days": [today], "begins": begins, "ends": [timezone.now()], "agent": "", "user": None}
        cursor.execute("EXPLAIN " + trends.DAYS, {**sent, **asked})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using run_ended" in plan


@pytest.mark.django_db(transaction=True)
def test_a_question_that_takes_too_long_is_refused(owner: User) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE runs_agentrun IN ACCESS EXCLUSIVE MODE")
            held.set()
            release.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    try:
        with pytest.raises(TookTooLong, match="by period"):
            trends.days(30)
    finally:
        release.set()
        holder.join()
    # The connection is as good as before, its own patience too.
    assert len(trends.days(30)) == 30


# --- Pages


def test_one_sees_ones_own_runs_and_an_operator_everybodys(owner: User, stranger: User, operator: User) -> None:
    ended(owner, waited=(1, 1))
    ended(stranger, waited=(1,))

    def completed(user: User) -> str:
        (legend,) = soup(signed_in(user).get(HISTORY)).select("#chart-outcomes .chart-legend li:first-child strong")
        return legend.get_text(strip=True)

    assert (completed(owner), completed(stranger), completed(operator)) == ("2", "1", "3")


def test_the_period_is_chosen_in_the_url_and_nonsense_is_the_usual_one(owner: User) -> None:
    ended(owner)
    browser = signed_in(owner)
    for asked, expected in (("7", 7), ("90", 90), ("30", 30), ("8", 30), ("x", 30), ("-7", 30)):
        page = soup(browser.get(HISTORY, {"days": asked}))
        assert len(page.select("#chart-outcomes .chart-day")) == expected
        (chosen,) = page.select("#_trends [aria-current]")
        assert chosen.get_text(strip=True) == f"{expected} days"


def test_every_drawing_has_a_name_and_a_table_of_the_same_days(owner: User) -> None:
    ended(owner, 1, waited=(1, 2, 3))
    page = soup(signed_in(owner).get(HISTORY, {"days": "7"}))
    figures = page.select(".chart-figure")
    assert [figure["id"] for figure in figures] == ["chart-outcomes", "chart-waits", "chart-times"]
    for figure in figures:
        drawing = figure.select_one("svg[role=img]")
        assert drawing is not None
        for reference in str(drawing["aria-labelledby"]).split():
            assert page.select_one(f"#{reference}") is not None
        assert len(figure.select("details tbody tr")) == 7
    (row,) = [row for row in page.select("#chart-outcomes tbody tr") if row.select("td")[0].get_text() != "0"]
    assert [cell.get_text() for cell in row.select("td")] == ["3", "0", "0", "3"]


def test_nobody_has_run_it_and_the_page_says_so(owner: User) -> None:
    response = signed_in(owner).get(HISTORY)
    assert "No run ended in these 30 days." in text(response)
    assert "It has never been paused." in text(response)


def test_charts_that_take_too_long_offer_a_shorter_period() -> None:
    shown = BeautifulSoup(render_to_string("_trends.html", {"trends": Trends(90, refusal=TookTooLong())}), "lxml")
    assert "This took too long" in shown.get_text()
    assert [a["href"] for a in shown.select("#_slow a")] == ["?days=30#_trends", "?days=7#_trends"]
    assert not shown.select("svg[role=img]")
    shortest = render_to_string("_trends.html", {"trends": Trends(7, refusal=TookTooLong())})
    assert 'class="button"' not in shortest


def test_the_history_costs_few_queries(owner: User, operator: User) -> None:
    ended(owner)
    for user in (owner, operator):
        browser = signed_in(user)
        with CaptureQueriesContext(connection) as asked:
            browser.get(HISTORY)
        # Savepoints and settings aside.
        assert len([each for each in asked if "runs_" in each["sql"] or "django_" in each["sql"]]) <= 8


def test_an_agent_that_is_not_there_has_no_history(owner: User) -> None:
    assert signed_in(owner).get(reverse("agent_history", args=["nobody"])).status_code == 404
