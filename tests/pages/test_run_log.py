"""The log by pages, lines, levels and searches; the timeline with its evidence."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from runs import lifecycle
from runs.lifecycle import Line
from runs.models import AgentRun, ErrorCode, EventKind, RunEvent, User
from runs.views.logs import LOG_LINES
from tests import acting
from tests.pages.reading import soup, text


def url(run: AgentRun, **query: Any) -> str:
    return reverse("run", args=[run.pk], query={"tab": "log", **query})


def say(run: AgentRun, *texts: str, level: Any = "info") -> None:
    lifecycle.progress(acting.attempt_of(run), lines=[Line(timezone.now(), level, each) for each in texts])


def lines(response: Any) -> list[str]:
    return [each.get_text() for each in soup(response).select(".log li .line")]


def link(response: Any, rel: str) -> str:
    found = soup(response).select_one(f".log-turn a[rel={rel}]")
    return str(found["href"]) if found else ""


@pytest.fixture
def long_run(owner: User) -> AgentRun:
    """A run with as many lines as one may have."""
    run = acting.running(owner)
    RunEvent.objects.bulk_create(
        RunEvent(run=run, kind=EventKind.LOGGED, message=f"line {number}.", attempt=1, data={"level": "info"})
        for number in range(10_000)
    )
    return run


def test_the_log_is_read_backwards_and_forwards_without_missing_a_line(page: Client, long_run: AgentRun) -> None:
    response = page.get(url(long_run))
    seen = lines(response)
    assert seen[-1] == "line 9999."
    assert not link(response, "next")
    for _ in range(3):
        response = page.get(link(response, "prev"))
        assert len(lines(response)) == LOG_LINES
        seen = [*lines(response), *seen]
    assert seen == [f"line {number}." for number in range(10_000 - len(seen), 10_000)]
    assert lines(page.get(link(response, "next")))[0] == f"line {10_000 - len(seen) + LOG_LINES}."


def test_a_link_to_a_line_brings_the_page_it_is_on(page: Client, long_run: AgentRun) -> None:
    wanted = RunEvent.objects.get(run=long_run, message="line 4321.")
    response = page.get(url(long_run, line=wanted.pk))
    current = soup(response).select(".log li[aria-current]")
    assert [each["id"] for each in current] == [f"line-{wanted.pk}"]
    assert "line 4321." in current[0].get_text()
    assert len(lines(response)) <= LOG_LINES
    assert "line 4320." in lines(response)
    assert "line 4322." in lines(response)
    anchor = current[0].select_one("a[data-line]")
    assert anchor is not None
    assert str(anchor["href"]).endswith(f"?tab=log&line={wanted.pk}#line-{wanted.pk}")


def test_the_log_is_searched_and_narrowed_by_level(page: Client, owner: User) -> None:
    run = acting.running(owner)
    say(run, "Reading page 1", level="step")
    say(run, "A 100% match", "nothing here")
    say(run, "Page 2 is a scan", level="warning")
    say(run, "It broke", level="error")
    assert lines(page.get(url(run, log="PAGE"))) == ["Reading page 1", "Page 2 is a scan"]
    assert lines(page.get(url(run, log="100%"))) == ["A 100% match"]
    assert lines(page.get(url(run, level="step"))) == ["Reading page 1"]
    assert lines(page.get(url(run, level="warning"))) == ["Page 2 is a scan", "It broke"]
    assert lines(page.get(url(run, level="warning", log="broke"))) == ["It broke"]
    assert "No line matches." in text(page.get(url(run, log="zebra")))
    assert len(lines(page.get(url(run, level="rubbish")))) == 5
    assert lines(page.get(url(run, log="\x00"))) == []


def test_new_lines_are_not_put_among_those_a_search_has_found(page: Client, owner: User) -> None:
    run = acting.running(owner)
    say(run, "one")
    shown = soup(page.get(url(run, log="one")))
    sink = shown.select("#_log_lines")
    assert len(sink) == 1
    assert sink[0].has_attr("hidden")
    assert not sink[0].select("li")


def test_a_search_pages_through_what_it_finds(page: Client, long_run: AgentRun) -> None:
    response = page.get(url(long_run, log="line 7"))
    found = lines(response)
    while older := link(response, "prev"):
        response = page.get(older)
        found = [*lines(response), *found]
    assert len(found) == 1111
    assert len(set(found)) == 1111


@pytest.mark.parametrize("query", [{"line": "x"}, {"before": "-1"}, {"after": "9" * 30}, {"line": 10**17}])
def test_nonsense_places_in_the_log_are_no_fault(page: Client, owner: User, query: dict[str, Any]) -> None:
    run = acting.running(owner)
    say(run, "one")
    assert page.get(url(run, **query)).status_code == 200


def test_a_log_of_ten_thousand_lines_costs_little(page: Client, long_run: AgentRun) -> None:
    page.get(url(long_run))
    with CaptureQueriesContext(connection) as queries:
        started = time.process_time()
        response = page.get(url(long_run))
        took = time.process_time() - started
    assert len(queries) <= 8
    assert len(response.content) < 300_000
    # The budget is 50 ms on an idle machine; this only tells a page that grew by an order of magnitude.
    assert took < 0.5


def timeline(response: Any) -> str:
    shown = soup(response).select_one("#_run_timeline")
    assert shown is not None
    return " ".join(shown.get_text(" ").split())


def timeline_page(page: Client, run: AgentRun) -> str:
    return timeline(page.get(reverse("run", args=[run.pk], query={"tab": "timeline"})))


def test_the_timeline_says_what_went_on_between_events(page: Client, owner: User) -> None:
    run = acting.running(owner)
    lifecycle.fail(acting.attempt_of(run), ErrorCode.AGENT_ERROR, "It broke.", exit_code=-9, pid=77)
    triggered, started, retried = RunEvent.objects.filter(run=run).order_by("pk")
    for event, seconds in ((triggered, 100), (started, 90), (retried, 20)):
        RunEvent.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(seconds=seconds))
    said = timeline_page(page, run)
    assert "10 s waiting for a worker" in said
    assert "1 m 10 s running" in said
    assert "Signal SIGKILL" in said
    assert "Next try after" in said
    assert "77" not in said


def test_the_timeline_has_the_evidence_of_a_rescue(page: Client, operators_page: Client, owner: User) -> None:
    run = acting.running(owner)
    AgentRun.objects.filter(pk=run.pk).update(max_attempts=1)
    acting.lose_lease(run)
    lifecycle.rescue()
    said = timeline_page(page, run)
    assert "Last sign of life" in said
    assert "Code worker_lost" in said
    assert "testhost" not in said
    assert "Worker testhost:1" in timeline_page(operators_page, run)
    assert "Found by" in timeline_page(operators_page, run)


def test_the_timeline_names_who_did_what_and_leads_to_other_runs(page: Client, operator: User, owner: User) -> None:
    run = acting.running(owner)
    again = lifecycle.trigger(owner, "rehearsal", {}, on_conflict="replace")
    lifecycle.force_stop(run, by=operator, reason="stuck")
    said = timeline_page(page, run)
    assert "Asked to stop by owner" in said
    assert f"Made room for run {str(again.pk)[:8]}" in said
    assert "Stopped by force by operator" in said
    rerun = lifecycle.rerun(acting.fresh(lifecycle.cancel(again, by=owner)), by=owner)
    assert f"as a rerun of run {str(again.pk)[:8]}" in timeline_page(page, rerun)


def test_a_timeline_never_loads_a_late_result(page: Client, owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)
    lifecycle.force_stop(run, by=owner)
    with pytest.raises(lifecycle.attempts.LeaseLost):
        lifecycle.complete(attempt, "rehearsed", {"note": "x" * 1000})
    from runs.views.timelines import timeline_of

    late = timeline_of(acting.fresh(run), for_operator=True)[-1]
    assert late.event.kind == EventKind.LATE_RESULT
    assert late.event.evidence is None  # type: ignore[attr-defined]
    assert "data" in late.event.get_deferred_fields()
