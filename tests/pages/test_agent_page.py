"""The form of an agent's page: nothing that was typed or uploaded is ever lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from runs import uploads
from runs.errors import UserLocked
from runs.models import AgentRun, AgentSettings, Document, User
from tests import acting
from tests.pages.reading import chosen, control, soup, text, upload

EXTRACTOR = reverse("agent", args=["document-extractor"])
CHECKER = reverse("agent", args=["policy-checker"])
REHEARSAL = reverse("agent", args=["rehearsal"])


def rehearsal(**changes: Any) -> dict[str, Any]:
    fields = {"act": "succeed", "seconds": 1, "steps": 2, "succeed_on_attempt": 2, "lines": 5, "megabytes": 10}
    return {**fields, **changes}


def test_the_form_is_made_from_the_input(page: Client) -> None:
    response = page.get(REHEARSAL)
    assert control(response, "act").name == "select"
    assert control(response, "steps")["type"] == "number"
    assert (control(response, "steps")["min"], control(response, "steps")["max"]) == ("1", "100")
    assert control(page.get(EXTRACTOR), "include_text").has_attr("checked")
    assert control(page.get(EXTRACTOR), "document-file")["type"] == "file"
    assert chosen(page.get(CHECKER), "policy") == "contract-basics"


def test_every_control_has_a_label_and_its_description(page: Client) -> None:
    for url in (EXTRACTOR, CHECKER, REHEARSAL):
        found = soup(page.get(url))
        for each in found.select("main form.form :is(input, select, textarea):not([type=hidden])"):
            assert each.get("aria-label") or found.select_one(f"label[for='{each['id']}']"), each


def test_a_run_is_triggered_and_its_page_follows(page: Client, owner: User) -> None:
    response = page.post(REHEARSAL, rehearsal(seconds="2.5"))
    run = AgentRun.objects.get()
    assert response["Location"] == reverse("run", args=[run.pk])
    assert (run.user, run.status, run.trigger) == (owner, "pending", "dashboard")
    assert run.input == {"act": "succeed", "seconds": 2.5, "steps": 2, **run.input} | {"lines": 5, "megabytes": 10}


def test_no_document_means_the_sample_and_the_form_says_so(page: Client) -> None:
    response = page.get(EXTRACTOR)
    assert "The bundled sample (invoice.pdf)" in control(response, "document").get_text()
    page.post(EXTRACTOR, {"document": "", "max_pages": "", "include_text": "on"})
    run = AgentRun.objects.get()
    assert run.document is None
    assert run.input == {
        "document": None, "max_pages": 2000, "include_text": True, "fields": [], "max_tokens": None, "max_cost": None,
    }  # fmt: skip


def test_an_unticked_box_means_no(page: Client) -> None:
    page.post(EXTRACTOR, {"document": ""})
    assert AgentRun.objects.get().input["include_text"] is False


def test_an_upload_is_kept_and_run_on(page: Client, owner: User) -> None:
    page.post(EXTRACTOR, {"document": "", "document-file": upload()})
    run = AgentRun.objects.get()
    assert run.document == Document.objects.get(owner=owner)
    assert run.input["document"] == str(run.document.pk)


def test_an_earlier_upload_can_be_used_again_but_not_somebody_elses(page: Client, owner: User, stranger: User) -> None:
    mine, theirs = uploads.keep(upload(), owner), uploads.keep(upload(b"secret", "secret.txt"), stranger)
    assert "secret.txt" not in text(page.get(EXTRACTOR))
    refused = page.post(EXTRACTOR, {"document": str(theirs.pk)})
    assert refused.status_code == 422
    assert "You have no document with this id." in text(refused)
    assert "secret.txt" not in text(refused)
    assert page.post(EXTRACTOR, {"document": str(mine.pk)}).status_code == 302


def test_faults_stand_next_to_their_field_and_nothing_typed_is_lost(page: Client) -> None:
    response = page.post(REHEARSAL, rehearsal(steps="many", lines="7", act="flake"))
    assert response.status_code == 422
    assert control(response, "steps").find_parent(class_="field").select_one(".complaints").get_text(strip=True) == (  # type: ignore[union-attr]
        "Please give a whole number."
    )
    assert control(response, "steps")["aria-invalid"] == "true"
    assert control(response, "steps")["value"] == "many"
    assert control(response, "lines")["value"] == "7"
    assert chosen(response, "act") == "flake"
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": "0"}, "This must be at least 1."),
        ({"seconds": "601"}, "This must be at most 600."),
        ({"seconds": "nan"}, "This must be"),
        ({"act": "dance"}, "Please choose one of 'succeed'"),
    ],
)
def test_faults_are_told_in_plain_words(page: Client, changes: dict[str, str], sentence: str) -> None:
    assert sentence in text(page.post(REHEARSAL, rehearsal(**changes)))


def test_a_fault_elsewhere_keeps_the_upload_chosen(page: Client) -> None:
    response = page.post(EXTRACTOR, {"document": "", "document-file": upload(), "max_pages": "0"})
    assert response.status_code == 422
    assert chosen(response, "document") == str(Document.objects.get().pk)
    assert page.post(EXTRACTOR, {"document": chosen(response, "document"), "max_pages": "3"}).status_code == 302


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x1f\x8b\x08" + bytes(64), "This is a gzip archive."),
        (b"x" * (1024 * 1024 + 1), "The file is larger than 1 MB."),
    ],
    ids=["empty", "picture", "large"],
)
def test_a_refused_upload_says_why_and_keeps_the_rest(
    page: Client, owner: User, settings: LazySettings, content: bytes, sentence: str
) -> None:
    settings.DOCUMENT_LIMIT_MB = 1
    before = uploads.keep(upload(), owner)
    response = page.post(
        EXTRACTOR, {"document": str(before.pk), "document-file": upload(content, "x.pdf"), "max_pages": "9"}
    )
    assert response.status_code == 422
    assert sentence in text(response)
    assert chosen(response, "document") == str(before.pk)
    assert control(response, "max_pages")["value"] == "9"
    assert not AgentRun.objects.exists()


def test_nul_bytes_and_hostile_text_come_back_as_text(page: Client) -> None:
    hostile = "1\x00\"><script>alert('x')</script>"
    response = page.post(REHEARSAL, rehearsal(steps=hostile))
    assert response.status_code == 422
    assert b"<script>alert" not in response.content
    response = page.post(CHECKER, {"document": "", "policy": "a\x00b"})
    assert response.status_code == 422


def test_a_hostile_file_name_is_shown_as_text(page: Client) -> None:
    page.post(EXTRACTOR, {"document": "", "document-file": upload(name="<img src=x onerror=alert(1)>.txt")})
    for url in (EXTRACTOR, reverse("home"), reverse("runs"), reverse("run", args=[AgentRun.objects.get().pk])):
        assert b"<img" not in page.get(url).content


def test_only_the_latest_documents_are_offered_but_always_the_chosen_one(page: Client, owner: User) -> None:
    oldest = uploads.keep(upload(b"the very first"), owner)
    for number in range(21):
        uploads.keep(upload(f"number {number}".encode()), owner)
    assert str(oldest.pk) not in page.get(EXTRACTOR).content.decode()
    response = page.post(EXTRACTOR, {"document": str(oldest.pk), "max_pages": "0"})
    assert chosen(response, "document") == str(oldest.pk)


def test_an_example_fills_the_form(page: Client) -> None:
    response = page.get(REHEARSAL, {"example": 2})
    assert chosen(response, "act") == "flake"
    for nonsense in ("0", "99", "x", "-1", "9" * 50):
        assert page.get(REHEARSAL, {"example": nonsense}).status_code == 200


def test_an_earlier_run_fills_the_form_unless_it_is_somebody_elses(
    page: Client, strangers_page: Client, owner: User
) -> None:
    run = acting.lifecycle.trigger(owner, "rehearsal", {"act": "flake"})
    assert chosen(page.get(REHEARSAL, {"run": run.pk}), "act") == "flake"
    assert chosen(strangers_page.get(REHEARSAL, {"run": run.pk}), "act") == "succeed"
    assert page.get(REHEARSAL, {"run": "nonsense"}).status_code == 200


def test_a_paused_agent_keeps_what_was_typed(page: Client) -> None:
    AgentSettings.objects.create(agent="rehearsal", paused_at=timezone.now(), paused_reason="Back at noon.")
    response = page.post(REHEARSAL, rehearsal(lines="7"))
    assert response.status_code == 409
    assert "Rehearsal is paused: Back at noon." in text(response)
    assert control(response, "lines")["value"] == "7"


@pytest.mark.django_db(transaction=True)
def test_a_locked_user_keeps_what_was_typed(page: Client, owner: User, settings: LazySettings) -> None:
    import threading

    settings.LOCK_WAIT_SECONDS = 0.1
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=owner.pk)
            held.set()
            release.wait(20)
        transaction.get_connection().close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    try:
        response = page.post(REHEARSAL, rehearsal(lines="7"))
    finally:
        release.set()
        holder.join()
    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert UserLocked().sentence in text(response)
    assert control(response, "lines")["value"] == "7"
