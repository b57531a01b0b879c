"""An account that is there already, and somebody at the provider: linked by who has both, and by nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from agentsite.signing_in import Passwords
from runs import identities
from runs.errors import LastWayIn
from runs.models import AuditEntry, BrowserSession, Identity, User
from tests.identities.issuing import BACK, BEGIN, IssuerProcess, back, sign_in
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

PROFILE, LINK, UNLINK = reverse("profile"), reverse("identity_link"), "identity_unlink"
SUBJECT = "248289761001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User) -> Client:
    return signed_in(owner)


def go_and_come_back(browser: Client) -> HttpResponse:
    away = browser.get(reverse("identity_begin"))
    assert away.status_code == 302
    return browser.get(BACK, back(away["Location"]), follow=True)


def test_account_is_linked_once_its_user_has_said_who_it_is(
    browser: Client, owner: User, issuer: IssuerProcess
) -> None:
    asked = go_and_come_back(browser)
    assert "Example ID says that you are ada there." in text(asked)
    assert not Identity.objects.exists()
    assert "“ada” signs in as you" in text(browser.post(LINK, follow=True))
    identity = Identity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (owner, issuer.url, SUBJECT)
    assert not identity.follows_issuer
    entry = AuditEntry.objects.get(action="oidc.linked")
    assert (entry.actor_name, entry.details["issuers_subject"]) == ("owner", SUBJECT)
    sign_in(other := Client())
    assert get_user(other) == owner  # type: ignore[arg-type]  # A client has a session, as requests have.


def test_who_says_that_it_is_somebody_else_is_linked_to_nobody(browser: Client, issuer: IssuerProcess) -> None:
    go_and_come_back(browser)
    assert not soup(browser.post(LINK, {"no": "1"}, follow=True)).select_one(f"form[action='{LINK}']")
    assert "has taken too long" in text(browser.post(LINK, follow=True))
    assert not Identity.objects.exists()


def test_nothing_is_linked_that_the_provider_has_not_verified(browser: Client, issuer: IssuerProcess) -> None:
    issuer.told(fault="wrong nonce")
    assert "Nothing was linked." in text(go_and_come_back(browser))
    assert "has taken too long" in text(browser.post(LINK, follow=True))
    assert not Identity.objects.exists()


def test_answer_is_for_who_has_begun(browser: Client, stranger: User, issuer: IssuerProcess) -> None:
    answer = back(browser.get(reverse("identity_begin"))["Location"])
    assert Client().get(BACK, answer).status_code == 400
    browser.force_login(stranger)
    assert "Somebody else was signed in here" in text(browser.get(BACK, answer, follow=True))
    assert "has taken too long" in text(browser.post(LINK, follow=True))
    assert not Identity.objects.exists()


def test_somebody_who_has_an_account_here_is_not_taken_from_it(browser: Client, issuer: IssuerProcess) -> None:
    sign_in(Client())
    go_and_come_back(browser)
    assert "Another account here is linked to this already." in text(browser.post(LINK, follow=True))
    assert Identity.objects.get().user.username == "ada"


def test_link_is_cut_and_audited(browser: Client, owner: User, issuer: IssuerProcess) -> None:
    identity = identities.link(owner, issuer.url, SUBJECT)
    assert "Unlinked" in text(browser.post(reverse(UNLINK, args=[identity.pk]), follow=True))
    assert not Identity.objects.exists()
    assert AuditEntry.objects.filter(action="oidc.unlinked", actor_name="owner").count() == 1


def test_last_way_in_is_not_cut(issuer: IssuerProcess) -> None:
    sign_in(browser := Client())
    refused = browser.post(reverse(UNLINK, args=[Identity.objects.get().pk]), follow=True)
    assert "your only way to sign in" in text(refused)
    assert Identity.objects.exists()


def test_password_nobody_may_use_is_no_way_in(owner: User, issuer: IssuerProcess, settings: Settings) -> None:
    identity = identities.link(owner, issuer.url, SUBJECT)
    settings.PASSWORDS = Passwords(False, "somebody-else")
    with pytest.raises(LastWayIn):
        identities.unlink(owner, identity.pk)
    identities.link(owner, issuer.url, "another")
    identities.unlink(owner, identity.pk)
    settings.OIDC = replace(issuer.oidc, issuer="https://another.example")
    identities.unlink(owner, Identity.objects.get().pk)


def test_what_the_provider_gave_goes_with_the_link(issuer: IssuerProcess, owner: User) -> None:
    group = Group.objects.create(name="Legal")
    owner.groups.add(group)
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    identity = identities.link(owner, issuer.url, SUBJECT)
    Identity.objects.update(groups=["Legal"], is_operator=True)
    identities.unlink(owner, identity.pk)
    owner.refresh_from_db()
    assert (owner.is_staff, owner.groups.count()) == (False, 0)


def test_asking_to_be_sent_away_writes_nothing_down(issuer: IssuerProcess) -> None:
    browser = Client()
    for _ in range(5):
        assert browser.get(BEGIN).status_code == 302
    assert not BrowserSession.objects.exists()
    cookie = browser.cookies["journey"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 600)
    assert len(cookie.value) < 4000


def test_several_tabs_sign_in_each_with_its_own_answer(issuer: IssuerProcess) -> None:
    browser = Client()
    first, second = (back(browser.get(BEGIN, {"next": path})["Location"]) for path in ("/runs/", "/schedules/"))
    assert browser.get(BACK, first)["Location"] == "/runs/"
    assert browser.get(BACK, second)["Location"] == "/schedules/"


@pytest.mark.parametrize("cookie", ["", "nonsense", "e30:1:x"])
def test_cookie_that_is_not_ours_brings_nobody_in(issuer: IssuerProcess, cookie: str) -> None:
    browser = Client()
    answer = back(browser.get(BEGIN)["Location"])
    browser.cookies["journey"] = cookie
    assert browser.get(BACK, answer).status_code == 400
