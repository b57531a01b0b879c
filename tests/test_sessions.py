"""Where somebody is signed in: whose each session is, and that it can be ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runs import sessions
from runs.errors import NotFound
from runs.models import BrowserSession, User

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def signed_in(user: User, user_agent: str = FIREFOX) -> Client:
    browser = Client(headers={"user-agent": user_agent})
    answer = browser.post(reverse("login"), {"username": user.username, "password": f"{user.username}'s password"})
    assert answer.status_code == 302
    return browser


def test_signing_in_leaves_one_session_that_says_whose_it_is(owner: User) -> None:
    signed_in(owner)
    row = BrowserSession.objects.get()
    assert (row.user, row.user_agent) == (owner, FIREFOX)


def test_a_session_keeps_its_beginning_when_it_is_written_again(owner: User) -> None:
    browser = signed_in(owner)
    early = timezone.now() - timedelta(days=2)
    BrowserSession.objects.update(started_at=early)
    before = BrowserSession.objects.get()
    session = browser.session
    session["anything"] = 1
    session.save()
    after = BrowserSession.objects.get()
    assert (after.started_at, after.reference) == (early, before.reference)


def test_being_seen_is_written_down_now_and_then_only(
    owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(owner)
    long_ago = timezone.now() - sessions.SEEN_EVERY - timedelta(seconds=1)
    BrowserSession.objects.update(last_seen_at=long_ago)
    # The session, the user, the line in the header; and the note, once.
    with django_assert_num_queries(4):
        browser.get(reverse("active_runs"))
    with django_assert_num_queries(3):
        browser.get(reverse("active_runs"))
    assert BrowserSession.objects.get().last_seen_at > long_ago


def test_a_browser_that_was_ended_is_signed_out(owner: User, stranger: User) -> None:
    here, there = signed_in(owner), signed_in(owner, IPHONE)
    shown = sessions.of_user(owner, here.session.session_key)
    assert [each.browser for each in shown] == ["Firefox on Linux", "Safari on iPhone"]
    assert [each.is_current for each in shown] == [True, False]
    with pytest.raises(NotFound):
        sessions.end(stranger, shown[1].reference)
    sessions.end(owner, shown[1].reference)
    assert there.get(reverse("home")).status_code == 302
    assert here.get(reverse("home")).status_code == 200
    with pytest.raises(NotFound):
        sessions.end(owner, shown[1].reference)


def test_ending_all_others_ends_nobody_elses(owner: User, stranger: User) -> None:
    here, there, others = signed_in(owner), signed_in(owner), signed_in(stranger)
    assert sessions.end_others(owner, here.session.session_key) == 1
    assert there.get(reverse("home")).status_code == 302
    assert here.get(reverse("home")).status_code == others.get(reverse("home")).status_code == 200


def test_a_changed_password_ends_the_other_browsers(owner: User) -> None:
    here, there = signed_in(owner), signed_in(owner)
    new = "a much better one 4711"
    sent = {"old_password": "owner's password", "new_password1": new, "new_password2": new}
    assert here.post(reverse("password_change"), sent).status_code == 302
    assert BrowserSession.objects.filter(user=owner).count() == 1
    assert here.get(reverse("home")).status_code == 200
    assert there.get(reverse("home")).status_code == 302


def test_a_session_that_opens_nothing_any_more_is_not_listed(owner: User) -> None:
    browser = signed_in(owner)
    owner.set_password("set by an operator")
    owner.save()
    assert sessions.of_user(owner, None) == []
    assert browser.get(reverse("home")).status_code == 302


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18.0 Safari/605", "Safari on macOS"),
        ("curl/8.5.0", "curl"),
        ("", "An unknown browser"),
    ],
)
def test_browsers_are_called_by_their_names(user_agent: str, words: str) -> None:
    assert sessions.browser_of(user_agent) == words
