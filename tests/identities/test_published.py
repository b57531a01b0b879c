"""What an issuer publishes is asked for rarely, kept through its outages, and not for ever."""

from __future__ import annotations

import pytest

from runs.errors import IssuerAway
from runs.identities.published import AGAIN_SECONDS, FRESH_SECONDS, STALE_SECONDS, Keys, Published
from tests.identities.issuing import IssuerProcess, issuing


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: IssuerProcess, clock: Clock) -> Published[Keys]:
    return Published(lambda: f"{issuer.url}/jwks", Keys.parse, clock)


def test_keys_are_asked_for_once_and_then_every_few_minutes(
    issuer: IssuerProcess, keys: Published[Keys], clock: Clock
) -> None:
    for _ in range(5):
        keys.get()
    assert issuer.asked("/jwks") == 1
    clock.now += FRESH_SECONDS
    keys.get()
    assert issuer.asked("/jwks") == 2


def test_whatever_keys_are_named_the_issuer_is_asked_every_few_seconds_at_most(
    issuer: IssuerProcess, keys: Published[Keys], clock: Clock
) -> None:
    keys.get()
    for _ in range(20):
        keys.get(newer=True)
    assert issuer.asked("/jwks") == 1
    clock.now += AGAIN_SECONDS
    old = keys.get()
    issuer.told(make_keys=True)
    for _ in range(20):
        assert keys.get(newer=True).plain != old.plain
    assert issuer.asked("/jwks") == 2


def test_keys_outlast_an_outage_but_not_for_ever(clock: Clock) -> None:
    with issuing() as issuer:
        keys = Published(lambda: f"{issuer.url}/jwks", Keys.parse, clock)
        known = keys.get()
        issuer.stop()
        clock.now += FRESH_SECONDS
        assert keys.get() is known
        clock.now += STALE_SECONDS
        with pytest.raises(IssuerAway):
            keys.get()
        issuer.start()
        clock.now += AGAIN_SECONDS
        assert keys.get().plain != known.plain


def test_an_issuer_that_is_away_is_not_asked_by_everybody(clock: Clock) -> None:
    tried = []

    def url() -> str:
        tried.append(clock.now)
        return "http://localhost:9/jwks"

    keys = Published(url, Keys.parse, clock)
    for _ in range(5):
        with pytest.raises(IssuerAway):
            keys.get()
    assert len(tried) == 1


@pytest.mark.parametrize("path", ["/control", "/nowhere", "/authorize"])
def test_what_holds_no_keys_is_not_taken_for_them(issuer: IssuerProcess, path: str) -> None:
    with pytest.raises(IssuerAway):
        Published(lambda: issuer.url + path, Keys.parse).get()


def test_nothing_is_fetched_that_others_could_change_on_the_way() -> None:
    with pytest.raises(IssuerAway):
        Published(lambda: "http://id.example.org/jwks", Keys.parse).get()
