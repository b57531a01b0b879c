"""Cancel and force stop, from the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from runs import lifecycle
from runs.errors import LeaseLost
from runs.models import AgentRun, User
from tests import acting
from tests.pages.reading import soup, text


def url(run: AgentRun, name: str = "run") -> str:
    return reverse(name, args=[run.pk])


@pytest.mark.parametrize("bring", [acting.pending, acting.waiting])
def test_cancelling_what_has_not_started_ends_it(page: Client, owner: User, bring: Any) -> None:
    run = bring(owner)
    response = page.post(url(run, "run_cancel"), {"reason": " changed \x00my mind "})
    assert response["Location"] == url(run)
    run.refresh_from_db()
    assert (run.status, run.ended_by) == ("cancelled", owner)
    assert "my mind" in text(page.get(url(run)))


def test_cancelling_what_runs_asks_it_to_stop(page: Client, owner: User) -> None:
    run = acting.running(owner)
    page.post(url(run, "run_cancel"))
    assert acting.fresh(run).is_stopping
    assert not soup(page.get(url(run))).select(f"form[action='{url(run, 'run_cancel')}']")


@pytest.mark.parametrize("name", ["run_cancel", "run_force_stop"])
def test_what_has_ended_can_not_be_stopped_and_the_page_leads_to_it(page: Client, owner: User, name: str) -> None:
    run = acting.completed(owner)
    response = page.post(url(run, name))
    assert response.status_code == 409
    assert "it is completed" in text(response)
    assert soup(response).select_one(f"main a[href='{url(run)}']")


def test_an_owner_may_force_stop_only_after_a_request_has_led_to_nothing(page: Client, owner: User) -> None:
    run = acting.running(owner)
    assert page.post(url(run, "run_force_stop")).status_code == 403
    page.post(url(run, "run_cancel"))
    assert page.post(url(run, "run_force_stop")).status_code == 403
    AgentRun.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now() - timedelta(minutes=1))
    assert soup(page.get(url(run))).select_one(f"form[action='{url(run, 'run_force_stop')}']")
    assert page.post(url(run, "run_force_stop")).status_code == 302
    assert acting.fresh(run).status == "cancelled"


def test_an_operator_may_force_stop_at_any_time(operators_page: Client, owner: User) -> None:
    run = acting.running(owner)
    assert operators_page.post(url(run, "run_force_stop"), {"reason": "drill"}).status_code == 302
    assert acting.fresh(run).status == "cancelled"
    assert "Stopped by force by operator" in text(operators_page.get(url(run), {"tab": "timeline"}))


class TestAdopting:
    """A result that came after the run had been taken from its worker."""

    @pytest.fixture
    def late(self, owner: User) -> AgentRun:
        run = acting.running(owner)
        attempt = acting.attempt_of(run)
        lifecycle.force_stop(run, by=owner)
        with pytest.raises(LeaseLost):
            lifecycle.complete(attempt, "late", {"value": "a rare bird"}, "one value")
        return run

    def test_the_page_shows_it_and_offers_to_adopt_it(self, page: Client, late: AgentRun) -> None:
        response = page.get(url(late))
        assert "a rare bird" in text(response)
        assert soup(response).select(f"form[action='{url(late, 'run_adopt')}'] input[required]")

    def test_adopting_makes_a_completed_run_that_names_where_it_came_from(self, page: Client, late: AgentRun) -> None:
        response = page.post(url(late, "run_adopt"), {"reason": "it is right"})
        adopted = AgentRun.objects.get(adopted_from=late)
        assert response["Location"] == url(adopted)
        shown = page.get(url(adopted))
        assert "a rare bird" in text(shown)
        assert soup(shown).select_one(f"a[href='{url(late)}']")
        assert not soup(page.get(url(late))).select(f"form[action='{url(late, 'run_adopt')}']")

    def test_a_stranger_cannot(self, strangers_page: Client, late: AgentRun) -> None:
        assert strangers_page.post(url(late, "run_adopt"), {"reason": "mine"}).status_code == 404
