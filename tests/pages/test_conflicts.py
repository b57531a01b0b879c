"""When a run is in the way: a card with choices, on the page that was being filled in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from runs.models import AgentRun, Document, User
from tests import acting
from tests.pages.reading import chosen, control, soup, text, upload

EXTRACTOR = reverse("agent", args=["document-extractor"])


def choices(response: Any) -> list[str]:
    return [str(button["value"]) for button in soup(response).select("#_conflict button[name=on_conflict]")]


def test_the_card_names_the_active_run_and_keeps_input_and_upload(page: Client, owner: User) -> None:
    active = acting.running(owner)
    acting.lifecycle.progress(acting.attempt_of(active), percent=63)
    response = page.post(EXTRACTOR, {"document": "", "document-file": upload(), "max_pages": "7"})
    assert response.status_code == 409
    card = soup(response).select_one("#_conflict")
    assert card is not None
    assert "Rehearsal" in card.get_text()
    assert "63 %" in card.get_text()
    assert card.select_one(f"a[href='{reverse('run', args=[active.pk])}']")
    assert choices(response) == ["wait", "replace"]
    assert control(response, "max_pages")["value"] == "7"
    assert chosen(response, "document") == str(Document.objects.get().pk)
    assert AgentRun.objects.count() == 1


def test_start_mine_when_it_ends(page: Client, owner: User) -> None:
    active = acting.running(owner)
    refused = page.post(EXTRACTOR, {"document": "", "document-file": upload()})
    page.post(EXTRACTOR, {"document": chosen(refused, "document"), "on_conflict": "wait"})
    mine = AgentRun.objects.get(agent="document-extractor")
    assert (mine.status, mine.document) == ("waiting", Document.objects.get())
    assert acting.fresh(active).cancel_requested_at is None


def test_stop_it_and_start_mine(page: Client, owner: User) -> None:
    active = acting.running(owner)
    page.post(EXTRACTOR, {"document": "", "on_conflict": "replace"})
    assert acting.fresh(active).is_stopping
    assert AgentRun.objects.get(agent="document-extractor").status == "waiting"


def test_a_taken_seat_is_shown_with_who_sits_there(page: Client, owner: User) -> None:
    acting.running(owner)
    seated = acting.waiting(owner)
    response = page.post(EXTRACTOR, {"document": "", "on_conflict": "wait"})
    assert response.status_code == 409
    assert "Another run of yours is already waiting" in text(response)
    assert soup(response).select_one(f"#_conflict a[href='{reverse('run', args=[seated.pk])}']")
    assert choices(response) == ["replace"]
    page.post(EXTRACTOR, {"document": "", "on_conflict": "replace"})
    assert acting.fresh(seated).status == "cancelled"


def test_an_unknown_choice_is_no_choice(page: Client, owner: User) -> None:
    acting.running(owner)
    assert page.post(EXTRACTOR, {"document": "", "on_conflict": "explode"}).status_code == 409
    assert AgentRun.objects.count() == 1


def test_run_again_makes_a_new_run_of_the_same_input(page: Client, owner: User) -> None:
    before = acting.completed(owner)
    response = page.post(reverse("run_rerun", args=[before.pk]))
    again = AgentRun.objects.exclude(pk=before.pk).get()
    assert response["Location"] == reverse("run", args=[again.pk])
    assert (again.rerun_of, again.input, again.trigger) == (before, before.input, "rerun")


@pytest.mark.parametrize("on_conflict", ["wait", "replace"])
def test_run_again_offers_the_same_choices(page: Client, owner: User, on_conflict: str) -> None:
    before = acting.completed(owner)
    active = acting.running(owner)
    url = reverse("run_rerun", args=[before.pk])
    refused = page.post(url)
    assert refused.status_code == 409
    assert choices(refused) == ["wait", "replace"]
    page.post(url, {"on_conflict": on_conflict})
    assert AgentRun.objects.get(rerun_of=before).status == "waiting"
    assert acting.fresh(active).is_stopping is (on_conflict == "replace")


def test_an_operator_runs_again_for_the_owner_and_is_told_whose_run_is_in_the_way(
    operators_page: Client, owner: User
) -> None:
    before = acting.completed(owner)
    acting.running(owner)
    refused = operators_page.post(reverse("run_rerun", args=[before.pk]))
    assert "owner already has a run in progress" in text(refused)


def test_a_run_whose_input_no_longer_fits_says_so(page: Client, owner: User) -> None:
    page.post(EXTRACTOR, {"document": "", "document-file": upload()})
    run = acting.lifecycle.cancel(AgentRun.objects.get(), by=owner)
    Document.objects.all().delete()
    response = page.post(reverse("run_rerun", args=[run.pk]))
    assert response.status_code == 422
    assert "You have no document with this id." in text(response)
