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


def update(page: Client, run: AgentRun, **query: Any) -> Any:
    return page.get(reverse("run_conflict", args=[run.pk]), {"agent": "document-extractor", **query})


def test_the_card_follows_the_active_run_and_estimates_its_end(page: Client, owner: User) -> None:
    for _ in range(3):
        acting.completed(owner)
    active = acting.running(owner)
    card = soup(page.post(EXTRACTOR, {"document": ""})).select_one("#_conflict_run")
    assert card is not None
    assert str(card["hx-get"]).startswith(reverse("run_conflict", args=[active.pk]))
    acting.lifecycle.progress(acting.attempt_of(active), percent=41)
    response = update(page, active)
    assert "41 %" in text(response)
    assert "HX-Retarget" not in response
    assert "Usually done" in text(response) or "Slower than usual" in text(response)


def test_the_card_says_when_the_slot_is_free_and_offers_to_run_now(page: Client, owner: User) -> None:
    active = acting.running(owner)
    acting.lifecycle.complete(acting.attempt_of(active), "rehearsed", {"a": 1})
    response = update(page, active)
    assert response["HX-Retarget"] == "#_conflict"
    assert "Your slot is free again" in text(response)
    assert "Run now" in text(response)
    assert choices(response) == []


def test_the_card_turns_to_the_run_that_took_the_slot_meanwhile(page: Client, owner: User) -> None:
    active, seated = acting.running(owner), acting.waiting(owner)
    assert choices(page.post(EXTRACTOR, {"document": ""})) == ["replace"]
    acting.lifecycle.complete(acting.attempt_of(active), "rehearsed", {"a": 1})
    response = update(page, active)
    assert soup(response).select_one(f"#_conflict a[href='{reverse('run', args=[seated.pk])}']")
    assert choices(response) == ["wait", "replace"]
    # So does one about the seat.
    assert choices(update(page, seated, seat="")) == ["wait", "replace"]


def test_the_card_of_a_strangers_run_is_not_there(strangers_page: Client, owner: User) -> None:
    assert update(strangers_page, acting.running(owner)).status_code == 404


def test_the_card_is_not_led_astray_by_its_address(page: Client, owner: User) -> None:
    acting.running(owner)
    ended = acting.lifecycle.cancel(acting.waiting(owner), by=owner)
    response = page.get(reverse("run_conflict", args=[ended.pk]), {"agent": "//elsewhere.example", "again": "x"})
    assert response.status_code == 200
    assert b"elsewhere" not in response.content
    assert "Keep as draft" not in text(response)


def test_keep_as_draft(page: Client, owner: User) -> None:
    acting.running(owner)
    refused = page.post(EXTRACTOR, {"document": "", "document-file": upload(), "max_pages": "7"})
    button = soup(refused).select_one("#_conflict button[formaction]")
    assert button is not None
    kept = page.post(str(button["formaction"]), {"document": chosen(refused, "document"), "max_pages": "7"})
    opened = page.get(kept["Location"])
    assert "Kept as a draft." in text(opened)
    assert control(opened, "max_pages")["value"] == "7"
    assert chosen(opened, "document") == str(Document.objects.get().pk)
    assert AgentRun.objects.count() == 1


def test_run_again_can_be_kept_as_a_draft(page: Client, owner: User) -> None:
    before = acting.lifecycle.trigger(owner, "rehearsal", {"act": "flake", "lines": 7})
    refused = page.post(reverse("run_rerun", args=[before.pk]))
    button = soup(refused).select_one("#_conflict button[formaction]")
    assert button is not None
    opened = page.get(page.post(str(button["formaction"]))["Location"])
    assert (chosen(opened, "act"), control(opened, "lines")["value"]) == ("flake", "7")


def test_an_operator_is_not_offered_drafts_of_others(operators_page: Client, owner: User) -> None:
    before = acting.completed(owner)
    active = acting.running(owner)
    refused = operators_page.post(reverse("run_rerun", args=[before.pk]))
    assert choices(refused) == ["wait", "replace"]
    assert not soup(refused).select("#_conflict button[formaction]")
    acting.lifecycle.complete(acting.attempt_of(active), "rehearsed", {"a": 1})
    assert "The slot of owner is free again" in text(update(operators_page, active))
