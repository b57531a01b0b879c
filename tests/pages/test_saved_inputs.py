"""Presets and drafts: what was filled in once need not be filled in again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from runs import pausing, saved_inputs, uploads
from runs.agents import AGENTS
from runs.errors import InputNotKept
from runs.models import AgentRun, SavedInput, User
from tests import acting
from tests.pages.reading import chosen, control, soup, text, upload

EXTRACTOR = reverse("agent", args=["document-extractor"])
REHEARSAL = reverse("agent", args=["rehearsal"])
KEEP = reverse("agent_draft", args=["rehearsal"])


def rehearsal(**changes: Any) -> dict[str, Any]:
    fields = {"act": "succeed", "seconds": 1, "steps": 2, "succeed_on_attempt": 2, "lines": 5, "megabytes": 10}
    return {**fields, **changes}


def draft(owner: User, **values: Any) -> SavedInput:
    return saved_inputs.keep_draft(owner, AGENTS["rehearsal"], values)


def named(owner: User, name: str, **values: Any) -> SavedInput:
    kept = draft(owner, **values)
    saved_inputs.rename(kept, name)
    return kept


def test_a_draft_keeps_what_does_not_fit_as_well(page: Client) -> None:
    kept = page.post(KEEP, rehearsal(steps="many", act="flake"))
    response = page.get(kept["Location"])
    assert "Kept as a draft." in text(response)
    assert control(response, "steps")["value"] == "many"
    assert chosen(response, "act") == "flake"
    assert not AgentRun.objects.exists()


def test_a_draft_keeps_an_upload(page: Client, owner: User) -> None:
    kept = page.post(reverse("agent_draft", args=["document-extractor"]), {"document": "", "document-file": upload()})
    saved = SavedInput.objects.get(user=owner)
    assert saved.document is not None
    assert chosen(page.get(kept["Location"]), "document") == str(saved.document.pk)
    assert "note.txt" in text(page.get(EXTRACTOR))


def test_a_draft_goes_when_it_becomes_a_run_and_not_before(page: Client, owner: User) -> None:
    kept = draft(owner, act="flake")
    opened = page.get(REHEARSAL, {"saved": kept.pk})
    sent = rehearsal(**{"kept-draft": control(opened, "kept-draft")["value"]})
    refused = page.post(REHEARSAL, {**sent, "steps": "many"})
    assert control(refused, "kept-draft")["value"] == str(kept.pk)
    assert SavedInput.objects.filter(pk=kept.pk).exists()
    page.post(REHEARSAL, sent)
    assert not SavedInput.objects.exists()


def test_keeping_an_opened_draft_again_replaces_it(page: Client, owner: User) -> None:
    kept = draft(owner, act="flake")
    page.post(KEEP, rehearsal(**{"kept-draft": kept.pk}))
    again = SavedInput.objects.get()
    assert (again.pk != kept.pk, again.input["act"]) == (True, "succeed")


def test_a_draft_with_a_name_is_used_again_and_again(page: Client, owner: User) -> None:
    kept = draft(owner, act="flake", lines=7)
    page.post(reverse("saved_input_rename", args=[kept.pk]), {"name": "  My  flake "})
    response = page.get(REHEARSAL)
    link = soup(response).select_one(f"#_presets a[href='?saved={kept.pk}']")
    assert link is not None
    assert link.get_text(strip=True) == "My flake"
    opened = page.get(REHEARSAL, {"saved": kept.pk})
    assert control(opened, "lines")["value"] == "7"
    page.post(REHEARSAL, rehearsal(**{"kept-draft": kept.pk}))
    assert SavedInput.objects.filter(pk=kept.pk).exists()


def test_renaming_and_deleting(page: Client, owner: User) -> None:
    first, second = named(owner, "First"), named(owner, "Second", lines=9)
    refused = page.post(reverse("saved_input_rename", args=[second.pk]), {"name": "First"})
    assert refused.status_code == 422
    assert "Another saved input of this agent is named “First”" in text(refused)
    assert control(refused, "lines")["value"] == "9"
    page.post(reverse("saved_input_rename", args=[second.pk]), {"name": "Third"})
    page.post(reverse("saved_input_delete", args=[first.pk]))
    assert [each.name for each in SavedInput.objects.all()] == ["Third"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_must_be_one(page: Client, owner: User, name: str) -> None:
    kept = draft(owner)
    response = page.post(reverse("saved_input_rename", args=[kept.pk]), {"name": name})
    assert response.status_code == 422
    assert "Please give it a name" in text(response)


def test_the_last_input_fills_the_form(page: Client, owner: User) -> None:
    assert "Last input" not in text(page.get(REHEARSAL))
    acting.lifecycle.trigger(owner, "rehearsal", {"act": "flake", "lines": 8})
    link = soup(page.get(REHEARSAL)).select_one("#_presets a")
    assert link is not None
    assert "Last input" in link.get_text()
    opened = page.get(REHEARSAL + str(link["href"]))
    assert (chosen(opened, "act"), control(opened, "lines")["value"]) == ("flake", "8")


def test_what_no_longer_fits_is_left_out_and_said(page: Client, owner: User) -> None:
    document = uploads.keep(upload(), owner)
    values = {"document": str(document.pk), "max_pages": 5, "page_colour": "blue"}
    kept = saved_inputs.keep_draft(owner, AGENTS["document-extractor"], values)
    response = page.get(EXTRACTOR, {"saved": kept.pk})
    assert "no longer possible: Page colour." in text(response)
    assert control(response, "max_pages")["value"] == "5"
    document.delete()
    response = page.get(EXTRACTOR, {"saved": kept.pk})
    assert "no longer possible: Page colour, Document." in text(response)
    odd = draft(owner, act="somersault")
    assert "no longer possible: Act." in text(page.get(REHEARSAL, {"saved": odd.pk}))


def test_drafts_and_saved_inputs_are_their_owners_alone(page: Client, strangers_page: Client, owner: User) -> None:
    kept, other = draft(owner, act="flake"), named(owner, "Mine")
    assert "Mine" not in text(strangers_page.get(REHEARSAL))
    assert chosen(strangers_page.get(REHEARSAL, {"saved": kept.pk}), "act") == "succeed"
    for verb in ("saved_input_rename", "saved_input_delete"):
        assert strangers_page.post(reverse(verb, args=[other.pk]), {"name": "Theirs"}).status_code == 404
        assert page.get(reverse(verb, args=[other.pk])).status_code == 405
    strangers_page.post(REHEARSAL, rehearsal(**{"kept-draft": kept.pk}))
    assert SavedInput.objects.count() == 2


def test_nonsense_in_the_address_fills_in_nothing(page: Client) -> None:
    for nonsense in ("x", "00000000-0000-0000-0000-000000000000"):
        assert page.get(REHEARSAL, {"saved": nonsense}).status_code == 200


def test_of_very_many_drafts_the_oldest_go(owner: User) -> None:
    keeper = named(owner, "Keeper")
    first = draft(owner)
    for _ in range(saved_inputs.MOST_DRAFTS):
        draft(owner)
    assert saved_inputs.drafts(owner).count() == saved_inputs.MOST_DRAFTS
    assert not SavedInput.objects.filter(pk=first.pk).exists()
    assert SavedInput.objects.filter(pk=keeper.pk).exists()


def test_what_is_too_large_is_not_kept(owner: User) -> None:
    with pytest.raises(InputNotKept):
        draft(owner, act="x" * (saved_inputs.LARGEST + 1))


def test_hostile_values_are_kept_as_text(page: Client) -> None:
    kept = page.post(KEEP, rehearsal(steps="1\x00\"><script>alert('x')</script>"))
    assert b"<script>alert" not in page.get(kept["Location"]).content


def test_a_paused_agent_takes_drafts(page: Client, owner: User) -> None:
    pausing.pause("rehearsal", by=owner, reason="Back at noon.")
    kept = page.post(KEEP, rehearsal(lines="7"))
    assert control(page.get(kept["Location"]), "lines")["value"] == "7"
