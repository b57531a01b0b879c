"""Guessing passwords: who is locked out, who is not, and what either is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from agentsite.addresses import client_address, network_of
from agentsite.signing_in import SignInLocks
from runs.models import User
from tests.pages.reading import soup, text

LOGIN = reverse("login")
RIGHT = "owner's password"
MALLORY, ALICE = "198.51.100.7", "203.0.113.5"


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    locks = SignInLocks(3, 6, timedelta(minutes=15))
    settings.SIGN_IN_LOCKS, settings.AXES_FAILURE_LIMIT = locks, locks.failures


def attempt(
    name: str = "owner", password: str = "a guess", address: str = MALLORY, url: str = LOGIN, **meta: Any
) -> HttpResponse:
    """What a browser of its own is answered."""
    return Client(REMOTE_ADDR=address, **meta).post(url, {"username": name, "password": password, "next": "/runs/"})


def statuses(count: int, **how: Any) -> list[int]:
    return [attempt(**how).status_code for _ in range(count)]


def test_too_many_wrong_passwords_lock_out_even_the_right_one(owner: User) -> None:
    assert statuses(3) == [200, 200, 429]
    locked = attempt(password=RIGHT)
    assert locked.status_code == 429
    assert 14 * 60 < int(locked["Retry-After"]) <= 15 * 60
    assert "It is possible again in 15 minutes." in text(locked)
    way_back = soup(locked).select_one("main a.primary")
    assert way_back is not None
    assert way_back["href"] == f"{LOGIN}?next=%2Fruns%2F"


def test_the_locked_name_signs_in_from_elsewhere(owner: User) -> None:
    statuses(3)
    assert attempt(password=RIGHT, address=ALICE)["Location"] == "/runs/"


def test_known_and_unknown_names_are_told_the_same(owner: User) -> None:
    def told(name: str) -> list[tuple[int, str]]:
        return [(answer.status_code, text(answer)) for answer in (attempt(name) for _ in range(4))]

    assert told("owner") == told("nobody")


class CountingHasher(MD5PasswordHasher):
    """Tells how often a password was hashed, which is what takes time."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed += 1
        return super().encode(password, salt)


def test_known_and_unknown_names_take_the_same_time(owner: User, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.{CountingHasher.__name__}"]

    def hashed(name: str) -> list[int]:
        counts = []
        for _ in range(4):
            before = CountingHasher.hashed
            attempt(name)
            counts.append(CountingHasher.hashed - before)
        return counts

    assert hashed("owner") == hashed("nobody") == [1, 1, 1, 0]


def test_one_address_can_not_try_one_password_on_many_names(owner: User, stranger: User) -> None:
    assert [attempt(f"somebody{number}").status_code for number in range(6)] == [200] * 5 + [429]
    assert attempt(password=RIGHT).status_code == 429
    assert attempt(password=RIGHT, address=ALICE).status_code == 302


def test_a_success_forgives_ones_own_mistakes(owner: User) -> None:
    assert statuses(2) == [200, 200]
    attempt(password=RIGHT)
    assert statuses(2) == [200, 200]


def test_a_success_does_not_forgive_guessing_at_others(owner: User, stranger: User) -> None:
    statuses(2, name="stranger")
    assert attempt(password=RIGHT).status_code == 302
    assert attempt("stranger").status_code == 429


def test_another_browser_does_not_begin_anew(owner: User) -> None:
    assert [attempt(HTTP_USER_AGENT=f"Mozilla {number}").status_code for number in range(3)] == [200, 200, 429]


def test_the_admins_own_door_is_locked_as_well(owner: User) -> None:
    admin = reverse("admin:login")
    assert statuses(3, url=admin) == [200, 200, 429]
    assert attempt(password=RIGHT).status_code == 429


def test_a_lock_ends(owner: User) -> None:
    statuses(3)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=14))
    assert int(attempt(password=RIGHT)["Retry-After"]) <= 60
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=1))
    assert attempt(password=RIGHT).status_code == 302


def test_whoever_goes_on_trying_does_not_prolong_the_lock(owner: User) -> None:
    statuses(3)
    before = AccessAttempt.objects.values("attempt_time", "failures_since_start").get()
    statuses(3)
    assert AccessAttempt.objects.values("attempt_time", "failures_since_start").get() == before


def test_no_password_is_kept(owner: User) -> None:
    attempt(password="the password of something else")
    assert "something else" not in str(AccessAttempt.objects.values().get())


# --- Which address it is ------------------------------------------------------------------


def test_a_header_of_ones_own_neither_evades_a_lock_nor_locks_others(owner: User) -> None:
    for number in range(3):
        attempt(HTTP_X_FORWARDED_FOR=f"{ALICE}, 192.0.2.{number}")
    assert attempt(HTTP_X_FORWARDED_FOR="192.0.2.99").status_code == 429
    assert attempt(password=RIGHT, address=ALICE).status_code == 302


def test_behind_a_proxy_only_its_own_entry_counts(owner: User, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    proxy = "10.0.0.1"
    for number in range(3):
        attempt(address=proxy, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {ALICE}, {MALLORY}")
    assert attempt(address=proxy, HTTP_X_FORWARDED_FOR=f"192.0.2.99, {MALLORY}").status_code == 429
    assert attempt(address=proxy, password=RIGHT, HTTP_X_FORWARDED_FOR=ALICE).status_code == 302


def test_who_owns_a_network_of_addresses_has_one(owner: User) -> None:
    assert [attempt(address=f"2001:db8:0:1::{number}").status_code for number in range(3)] == [200, 200, 429]
    assert attempt(address="2001:db8:0:2::1", password=RIGHT).status_code == 302


def test_clients_without_an_address_are_not_all_locked_for_one(owner: User) -> None:
    assert {attempt(f"somebody{number}", address="").status_code for number in range(8)} == {200}
    assert attempt(password=RIGHT, address="").status_code == 302


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "address"),
    [
        ("192.0.2.1", "198.51.100.1", 0, "192.0.2.1"),
        ("192.0.2.1", "a, 198.51.100.1", 1, "198.51.100.1"),
        ("192.0.2.1", "198.51.100.9, 198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        ("192.0.2.1", "198.51.100.1", 2, "192.0.2.1"),
        ("192.0.2.1", "unknown", 1, "192.0.2.1"),
        ("192.0.2.1", None, 1, "192.0.2.1"),
        ("", "198.51.100.1:4711", 1, "198.51.100.1"),
        ("", "[2001:db8::1]:4711", 1, "2001:db8::1"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("", "", 1, ""),
    ],
)
def test_whose_address_it_is(remote: str, forwarded: str | None, proxies: int, address: str) -> None:
    assert client_address({"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}, proxies) == address


def test_a_network_is_what_one_client_has() -> None:
    assert [network_of(each) for each in ("192.0.2.1", "2001:db8:0:1:2::9", "")] == ["192.0.2.1", "2001:db8:0:1::", ""]


# --- Operators, and everybody else --------------------------------------------------------


def test_an_operator_sees_a_lock_and_lifts_it(owner: User, operator: User) -> None:
    User.objects.filter(pk=operator.pk).update(is_superuser=True)
    statuses(3)
    admin = Client()
    admin.force_login(operator)
    url = reverse("admin:axes_accessattempt_changelist")
    assert MALLORY in text(admin.get(url))
    failure = AccessAttempt.objects.get()
    admin.post(url, {"action": "lift_locks", "_selected_action": str(failure.pk), "confirmed": "yes"})
    assert attempt(password=RIGHT).status_code == 302


def test_what_was_typed_as_a_name_is_shown_to_nobody_else(operators_page: Client, owner: User) -> None:
    statuses(1, name="my password by mistake")
    assert operators_page.get(reverse("admin:axes_accessattempt_changelist")).status_code == 403


def test_a_command_lifts_all_locks(owner: User) -> None:
    statuses(3)
    call_command("axes_reset", verbosity=0)
    assert attempt(password=RIGHT).status_code == 302


def test_pages_cost_nothing_for_it(page: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        page.get(reverse("home"))
    assert len(queries) > 3
    assert not [query["sql"] for query in queries if "axes" in query["sql"]]


@pytest.mark.parametrize("weak", ["short1 word", "q1w2e3r4t5y6", "123456789012345", "the-owner-owner"])
def test_weak_passwords_are_refused_with_a_sentence(page: Client, owner: User, weak: str) -> None:
    User.objects.filter(pk=owner.pk).update(email="the-owner-owner@example.org")
    sent = {"old_password": RIGHT, "new_password1": weak, "new_password2": weak}
    response = page.post(reverse("password_change"), sent)
    assert response.status_code == 200
    assert soup(response).select("[role=alert] li")
    owner.refresh_from_db()
    assert owner.check_password(RIGHT)
