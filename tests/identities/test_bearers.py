"""The API opened by tokens that a real issuer has signed, and not by those it has not."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agentsite.signing_in import AccountRules, ApiJwt
from runs.models import ApiToken, Identity, User
from tests.api.scripts import Script
from tests.identities.issuing import IssuerProcess, issuing, sign_in

ME, RUNS, TOKENS = "/api/v1/me", "/api/v1/runs", "/api/v1/tokens"
READ = {"scope": "openid runs:read"}
pytestmark = pytest.mark.django_db


def accepted(issuer: IssuerProcess, **changes: Any) -> ApiJwt:
    usual = {"jwks_url": "", "algorithms": ("RS256", "ES256"), "scope_prefix": "", "default_scopes": ()}
    return ApiJwt(issuer.url, "agentsite-api", **{**usual, **changes})


@pytest.fixture(autouse=True)
def _accepts(issuer: IssuerProcess, settings: Settings) -> None:
    from runs.identities import bearers

    bearers._verifier.cache_clear()
    settings.API_JWT = accepted(issuer)


def asked(token: str, path: str = ME) -> Any:
    return Script(token).get(path)


def test_a_token_of_the_issuer_stands_for_who_signs_in_there(client: Client, issuer: IssuerProcess) -> None:
    sign_in(client)
    answer = asked(issuer.mint(**READ))
    assert (answer.status_code, answer.json()["username"], answer.json()["scopes"]) == (200, "ada", ["runs:read"])
    assert User.objects.count() == 1


def test_a_subject_never_seen_gets_an_account_without_power(issuer: IssuerProcess, settings: Settings) -> None:
    settings.ACCOUNT_RULES = AccountRules(True, "groups", ("operators",))
    answer = asked(issuer.mint(sub="a-service", groups=["operators"], scope="runs:read operate"))
    assert (answer.status_code, answer.json()["is_operator"]) == (200, False)
    assert Identity.objects.get().subject == "a-service"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_both_usual_kinds_of_keys_are_understood(issuer: IssuerProcess, algorithm: str) -> None:
    issuer.told(algorithm=algorithm)
    assert asked(issuer.mint(**READ)).status_code == 200


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "agentsite"},
        {"aud": ["another", "yet another"]},
        {"aud": None},
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": NOW + 3600},
        {"iat": NOW + 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 300},
    ],
    ids=str,
)
def test_a_token_with_wrong_claims_opens_nothing(issuer: IssuerProcess, claims: dict[str, Any]) -> None:
    answer = asked(issuer.mint(**{**READ, **claims}))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert not User.objects.exists()


@pytest.mark.parametrize("fault", ["alg none", "signed with the public key", "unknown key", "another's key"])
def test_a_token_the_issuer_has_not_signed_opens_nothing(issuer: IssuerProcess, fault: str) -> None:
    assert asked(issuer.mint(fault, **READ)).status_code == 401
    assert not User.objects.exists()


def test_a_token_that_was_changed_opens_nothing(issuer: IssuerProcess) -> None:
    mine, yours = issuer.mint(**READ).split("."), issuer.mint(**READ, sub="boss").split(".")
    assert asked(".".join([mine[0], yours[1], mine[2]])).status_code == 401


@pytest.mark.parametrize("token", ["x", "a.b.c", "....", "e30.e30.e30", "ey" * 3000, "é.é.é"])
def test_nonsense_opens_nothing(issuer: IssuerProcess, token: str) -> None:
    assert asked(token).status_code == 401


@pytest.mark.parametrize("typ", ["logout+jwt", "dpop+jwt"])
def test_a_token_for_something_else_opens_nothing(issuer: IssuerProcess, typ: str) -> None:
    assert asked(issuer.mint(typ=typ, **READ)).status_code == 401


def test_an_algorithm_that_is_not_named_is_refused(issuer: IssuerProcess, settings: Settings) -> None:
    settings.API_JWT = accepted(issuer, algorithms=("ES256",))
    assert asked(issuer.mint(**READ)).status_code == 401


def test_a_deactivated_user_takes_the_tokens_along(issuer: IssuerProcess) -> None:
    token = issuer.mint(**READ)
    asked(token)
    User.objects.update(is_active=False)
    assert asked(token).status_code == 401


def test_where_no_accounts_are_made_a_token_makes_none(issuer: IssuerProcess, settings: Settings) -> None:
    settings.ACCOUNT_RULES = AccountRules(False, "", ())
    assert asked(issuer.mint(**READ)).status_code == 401


@pytest.mark.parametrize(
    ("claims", "rules", "scopes"),
    [
        ({"scope": "runs:write openid runs:read"}, {}, ["runs:read", "runs:write"]),
        ({"scp": ["runs:read"]}, {}, ["runs:read"]),
        ({"scope": "api://a/runs:read runs:write"}, {"scope_prefix": "api://a/"}, ["runs:read"]),
        ({"scope": "openid"}, {"default_scopes": ("runs:read",)}, ["runs:read"]),
        ({"scope": "runs:read"}, {"default_scopes": ("runs:read", "runs:write")}, ["runs:read"]),
    ],
)
def test_a_tokens_scopes_are_read_as_issuers_write_them(
    issuer: IssuerProcess, settings: Settings, claims: dict[str, Any], rules: dict[str, Any], scopes: list[str]
) -> None:
    settings.API_JWT = accepted(issuer, **rules)
    assert asked(issuer.mint(**claims)).json()["scopes"] == scopes


@pytest.mark.parametrize("claims", [{}, {"scope": "openid"}, {"scope": 7}, {"scp": [["runs:read"]]}])
def test_a_token_without_scopes_may_nothing(issuer: IssuerProcess, claims: dict[str, Any]) -> None:
    assert asked(issuer.mint(**claims)).status_code == 403


def test_a_token_for_reading_changes_nothing(issuer: IssuerProcess) -> None:
    assert Script(issuer.mint(**READ)).post(RUNS, {"agent": "rehearsal"}).status_code == 403
    write = issuer.mint(scope="runs:read runs:write")
    assert Script(write).post(RUNS, {"agent": "rehearsal"}).status_code == 201


def test_the_scope_to_operate_gives_power_to_operators_alone(issuer: IssuerProcess) -> None:
    asked(issuer.mint(**READ))
    assert asked(issuer.mint(scope="runs:read operate")).json()["is_operator"] is False
    User.objects.update(is_staff=True)
    assert asked(issuer.mint(scope="runs:read operate")).json()["is_operator"] is True
    assert asked(issuer.mint(**READ)).json()["is_operator"] is False


def test_a_token_makes_none_that_outlasts_it_or_does_more(issuer: IssuerProcess) -> None:
    script = Script(issuer.mint(scope="runs:read runs:write"))
    refused = [
        script.post(TOKENS, {"name": "a", "scopes": ["runs:read"], "expires_days": 30}),
        script.post(TOKENS, {"name": "a", "scopes": ["runs:read", "operate"], "expires_days": 1}),
    ]
    assert [answer.status_code for answer in refused] == [422, 422]
    assert not ApiToken.objects.exists()


def test_personal_tokens_work_beside(issuer: IssuerProcess, owner: User) -> None:
    assert asked(ApiToken.issue(owner, "a")[1]).json()["username"] == "owner"


def test_without_an_issuer_no_such_token_opens_anything(issuer: IssuerProcess, settings: Settings) -> None:
    settings.API_JWT = None
    assert asked(issuer.mint(**READ)).status_code == 401


def test_new_keys_are_fetched_when_a_token_names_them(issuer: IssuerProcess, settings: Settings) -> None:
    settings.API_JWT = accepted(issuer, jwks_url=f"{issuer.url}/jwks")
    old = issuer.mint(**READ)
    issuer.told(make_keys=True)
    # The first to come has the site read the keys, which are new already: the former are good for nothing.
    assert asked(issuer.mint(**READ)).status_code == 200
    assert asked(old).status_code == 401
    assert issuer.asked("/jwks") == 1


def test_an_outage_of_the_issuer_is_no_outage_of_the_api(settings: Settings) -> None:
    with issuing() as issuer:
        settings.API_JWT = accepted(issuer)
        known, unknown = issuer.mint(**READ), issuer.mint("unknown key", **READ)
        assert asked(known).status_code == 200
    assert asked(known).status_code == 200
    assert asked(unknown).status_code == 401


def test_while_no_keys_are_known_the_answer_is_to_come_again(settings: Settings) -> None:
    with issuing() as issuer:
        settings.API_JWT = accepted(issuer)
        token = issuer.mint(**READ)
    answer = asked(token)
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "10", "issuer_away")


def test_a_known_subject_costs_one_query(issuer: IssuerProcess) -> None:
    token = issuer.mint(**READ)
    asked(token)
    with CaptureQueriesContext(connection) as queries:
        asked(token)
    # Whose groups they are in is what /me tells of them, not who they are.
    sql = [query["sql"].replace("runs_user_groups", "groups") for query in queries]
    about_users = [each for each in sql if "runs_user" in each or "runs_identity" in each]
    assert len(about_users) == 1
