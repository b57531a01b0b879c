"""How fast the API may be asked: by token, by address, shared by all processes, said in every answer."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from django.test import Client

from runs.models import ApiToken, RequestRate, User
from runs.request_rates import spend
from tests.api.scripts import Script, script_of
from tests.test_races import at_once

ME = "/api/v1/me"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _slow(settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = 3
    settings.ADDRESS_REQUESTS_PER_MINUTE = 5


@pytest.fixture
def address() -> str:
    """One that nobody has asked from."""
    return f"203.0.113.{next(_numbers)}"


def test_a_token_asks_so_often_and_is_told_when_it_may_again(script: Script) -> None:
    answers = [script.get(ME) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Limit"] for answer in answers] == ["3"] * 4
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert 0 < int(answers[0]["RateLimit-Reset"]) <= 20 < int(answers[2]["RateLimit-Reset"]) <= 60
    assert 0 < int(answers[3]["Retry-After"]) <= 20
    problem = answers[3].json()
    assert (problem["code"], problem["status"]) == ("rate_limited", 429)
    assert problem["detail"].startswith("Requests were made faster than 3 a minute. The next is possible in ")


def test_another_token_of_the_user_has_its_own_rate(owner: User) -> None:
    assert [script_of(owner).get(ME).status_code for _ in range(5)] == [200] * 5


def test_the_original_api_is_refused_in_its_own_words(script: Script) -> None:
    path = "/agents/status/3fa85f64-5717-4562-b3fc-2c963f66afa6"
    answers = [script.get(path) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert list(answers[3].json()) == ["detail"]
    assert answers[3]["Retry-After"]


def test_an_address_is_held_whatever_tokens_it_tries(db: None, address: str) -> None:
    answers = [Script(f"agentsite_guess-{n}").client.get(ME, REMOTE_ADDR=address) for n in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_the_neighbours_of_one_ipv6_network_are_one(db: None) -> None:
    answers = [Client().get(ME, REMOTE_ADDR=f"2001:db8:0:1::{n}") for n in range(1, 7)]

    assert answers[-1].status_code == 429
    assert Client().get(ME, REMOTE_ADDR="2001:db8:0:2::1").status_code == 401


def test_behind_a_proxy_it_is_the_clients_address_that_counts(db: None, settings: Any, address: str) -> None:
    settings.TRUSTED_PROXIES = 1

    def ask(forged: str, client: str) -> int:
        headers = {"X-Forwarded-For": f"{forged}, {client}"}
        return Client().get(ME, REMOTE_ADDR="10.0.0.1", headers=headers).status_code

    # What the client writes into the header itself changes nothing.
    assert [ask(f"198.51.100.{n}", address) for n in range(6)] == [401] * 5 + [429]
    assert ask(address, "198.51.100.99") == 401


def test_without_a_proxy_nobody_speaks_for_another_address(db: None, address: str) -> None:
    statuses = [
        Client().get(ME, REMOTE_ADDR=address, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(6)
    ]
    assert statuses[-1] == 429


def test_this_machine_itself_is_not_counted(db: None) -> None:
    answers = [Client().get(ME) for _ in range(8)]

    assert {answer.status_code for answer in answers} == {401}
    assert "RateLimit-Limit" not in answers[0]
    assert not RequestRate.objects.exists()


def test_zero_is_no_limit(script: Script, settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = 0

    assert [script.get(ME).status_code for _ in range(8)] == [200] * 8


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_so_many_are_let_through() -> None:
    outcomes = at_once(*[lambda: spend({"address at once": 4, "token at once": 2})] * 30)

    assert sum(rate.is_spent is False for rate in outcomes) == 2
    assert RequestRate.objects.count() == 2


@pytest.mark.django_db
def test_who_was_refused_is_refused_again_without_the_database(django_assert_num_queries: Any) -> None:
    limits = {"address again": 1}
    spend(limits)
    refused = spend(limits)
    assert refused is not None
    assert refused.is_spent

    with django_assert_num_queries(0):
        again = spend(limits)

    assert again is not None
    assert 0 < again.wait_seconds <= refused.wait_seconds <= 60
    assert math.isclose(again.reset_seconds, refused.reset_seconds, abs_tol=5)


@pytest.mark.django_db
def test_no_secret_is_kept(owner: User, script: Script) -> None:
    _, secret = ApiToken.issue(owner, "another")
    Script(secret).get(ME)

    assert secret not in str(list(RequestRate.objects.values()))
