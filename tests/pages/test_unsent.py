"""Forms that were sent in vain: signed out, expired, or without a database. Nothing is lost, and nothing is run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from runs.models import AgentRun, Document, SavedInput, User
from runs.views import unsent
from tests.pages.conftest import signed_in
from tests.pages.reading import chosen, control, soup, text, upload

EXTRACTOR = reverse("agent", args=["document-extractor"])
REHEARSAL = reverse("agent", args=["rehearsal"])
OURS = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


def form(user: User, **changes: Any) -> dict[str, Any]:
    return {"document": "", "max_pages": "7", "form-of": unsent.form_of(user), **changes}


def test_an_expired_session_loses_neither_input_nor_file(client: Client, owner: User) -> None:
    response = client.post(EXTRACTOR, form(owner, **{"document-file": upload()}))
    target = urlsplit(response["Location"])
    assert target.path == reverse("login")
    assert not AgentRun.objects.exists()
    next_url = parse_qs(target.query)["next"][0]
    signed = client.post(
        reverse("login"), {"username": "owner", "password": "owner's password", "next": next_url}, follow=True
    )
    assert "Nothing has been lost: check and press Run." in text(signed)
    assert control(signed, "max_pages")["value"] == "7"
    assert chosen(signed, "document") == str(Document.objects.get(owner=owner).pk)
    assert not AgentRun.objects.exists()


def test_an_upload_by_script_is_sent_to_sign_in_as_well(client: Client, owner: User) -> None:
    url = reverse("agent_preflight", args=["document-extractor", "document"])
    response = client.post(url, form(owner, **{"document-file": upload()}), headers={"HX-Request": "true"})
    assert response["HX-Redirect"].startswith(reverse("login"))
    assert "unsent" in response["HX-Redirect"]
    assert SavedInput.objects.get(user=owner).document is not None


@pytest.mark.parametrize("token", ["", "nonsense", "forged"])
def test_nothing_is_kept_of_a_form_the_site_has_not_made(client: Client, owner: User, token: str) -> None:
    forged = signing.dumps([str(owner.pk), owner.get_session_auth_hash()], key="another", salt=unsent.SALT)
    sent = {"form-of": forged if token == "forged" else token, "document": "", "document-file": upload()}
    response = client.post(EXTRACTOR, sent)
    assert response["Location"].startswith(reverse("login"))
    assert not SavedInput.objects.exists()
    assert not Document.objects.exists()


def test_a_changed_password_or_a_left_user_ends_what_old_pages_may(client: Client, owner: User) -> None:
    sent = form(owner)
    owner.set_password("another password 4711")
    owner.save(update_fields=["password"])
    client.post(EXTRACTOR, sent)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    client.post(EXTRACTOR, form(owner))
    assert not SavedInput.objects.exists()


def test_what_was_typed_for_one_user_is_never_shown_to_another(
    client: Client, owner: User, strangers_page: Client
) -> None:
    client.post(EXTRACTOR, form(owner))
    kept = SavedInput.objects.get()
    assert kept.user == owner
    response = strangers_page.get(EXTRACTOR, {"saved": kept.pk, "unsent": 1})
    assert control(response, "max_pages")["value"] != "7"


def test_somebody_signed_out_can_not_fill_the_disk(client: Client, owner: User) -> None:
    for number in range(unsent.MOST_AN_HOUR + 3):
        client.post(EXTRACTOR, form(owner, **{"document-file": upload(f"number {number}".encode())}))
    assert SavedInput.objects.count() == Document.objects.count() == unsent.MOST_AN_HOUR


def test_a_request_without_the_token_against_forgery_leaves_nothing(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(EXTRACTOR, form(owner)).status_code == 403
    assert not SavedInput.objects.exists()


def test_a_form_older_than_the_sign_in_is_kept_when_the_browser_vouches_for_it(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    response = strict.post(EXTRACTOR, form(owner, **{"document-file": upload()}), headers=OURS)
    assert response.status_code == 403
    link = soup(response).select_one("main a.primary")
    assert link is not None
    back = strict.get(str(link["href"]))
    assert control(back, "max_pages")["value"] == "7"
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://testserver", "sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_leaves_nothing(owner: User, headers: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    response = strict.post(EXTRACTOR, form(owner), headers=headers)
    assert response.status_code == 403
    assert "Go back, copy what you typed, reload the page and send it again." in text(response)
    assert not SavedInput.objects.exists()


def test_a_form_of_whoever_was_signed_in_before_leaves_nothing(owner: User, stranger: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(stranger)
    strict.post(EXTRACTOR, form(owner), headers=OURS)
    assert not SavedInput.objects.exists()


def test_without_a_database_the_page_can_send_the_same_again(owner: User) -> None:
    request = RequestFactory().post(REHEARSAL, {"steps": "4", "lines": ['"><b>', "2"]}, headers=OURS)
    request.resolver_match = resolve(REHEARSAL)
    assert ("steps", "4") in unsent.sent_fields(request)
    assert ("lines", "2") in unsent.sent_fields(request)
    foreign = RequestFactory().post(REHEARSAL, {"steps": "4"}, headers={"origin": "https://elsewhere.example"})
    foreign.resolver_match = resolve(REHEARSAL)
    assert unsent.sent_fields(foreign) == []
    assert unsent.sent_fields(RequestFactory().get(REHEARSAL)) == []


def test_a_page_may_lie_open_a_day_longer_than_its_session(owner: User, settings: Any) -> None:
    assert timedelta(seconds=settings.SESSION_COOKIE_AGE) + timedelta(days=1) == unsent.LONGEST_OPEN


def test_every_form_says_for_whom_it_was_made(page: Client, owner: User) -> None:
    token = str(control(page.get(EXTRACTOR), "form-of")["value"])
    assert str(owner.pk) in signing.loads(token, salt=unsent.SALT)
    assert signed_in(owner).get(EXTRACTOR).status_code == 200
