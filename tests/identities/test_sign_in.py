"""Signing in at a real provider, which keeps to the protocol or does not."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from agentsite.signing_in import AccountRules, Passwords
from runs.models import Identity, User
from tests.identities.issuing import BACK, BEGIN, IssuerProcess, back, sent_away, sign_in
from tests.pages.reading import soup, text

LOGIN = reverse("login")
pytestmark = pytest.mark.django_db


def is_signed_in(browser: Client) -> bool:
    return browser.get(reverse("profile")).status_code == 200


def is_refused(response: HttpResponse, status: int, sentence: str) -> None:
    assert response.status_code == status
    assert sentence in text(response)
    assert soup(response).select_one("main [role=alert]")
    assert not Identity.objects.exists()
    assert not User.objects.exists()


def test_somebody_new_gets_an_account_and_comes_where_they_wanted(client: Client, issuer: IssuerProcess) -> None:
    assert sign_in(client, next="/runs/?status=active")["Location"] == "/runs/?status=active"
    identity = Identity.objects.select_related("user").get()
    assert (identity.issuer, identity.subject) == (issuer.url, "248289761001")
    assert (identity.user.username, identity.user.email) == ("ada", "ada@example.org")
    assert not identity.user.has_usable_password()
    assert not identity.user.is_staff
    assert is_signed_in(client)


def test_somebody_known_comes_back_to_their_account(issuer: IssuerProcess) -> None:
    first, second = Client(), Client()
    sign_in(first)
    issuer.told(person={"sub": "248289761001", "preferred_username": "renamed", "email": "new@example.org"})
    sign_in(second)
    assert get_user(first) == get_user(second)  # type: ignore[arg-type]  # A client has a session, as requests have.
    assert list(User.objects.values_list("username", "email")) == [("ada", "new@example.org")]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_both_usual_kinds_of_keys_are_understood(client: Client, issuer: IssuerProcess, algorithm: str) -> None:
    issuer.told(algorithm=algorithm)
    sign_in(client)
    assert is_signed_in(client)


def test_the_request_is_bound_to_the_browser_and_its_answer(client: Client, issuer: IssuerProcess) -> None:
    url = urlsplit(sent_away(client))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{issuer.url}/authorize"
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"].endswith(BACK)
    assert all(len(query[name]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert "code_verifier" not in query


@pytest.mark.parametrize(
    "fault",
    [
        "wrong nonce",
        "no nonce",
        "wrong audience",
        "several audiences",
        "expired",
        "other issuer",
        "no subject",
        "alg none",
        "signed with the public key",
        "unknown key",
        "another's key",
    ],
)
def test_an_id_token_that_is_not_for_us_opens_nothing(client: Client, issuer: IssuerProcess, fault: str) -> None:
    issuer.told(fault=fault)
    is_refused(sign_in(client), 400, "could not be verified")
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("no ID token", "did not say who you are"),
        ("speaks of another", "speaks of two people at once"),
        ("access denied", "did not let you in"),
    ],
)
def test_an_answer_that_says_not_who_it_is_opens_nothing(
    client: Client, issuer: IssuerProcess, fault: str, sentence: str
) -> None:
    issuer.told(fault=fault)
    is_refused(sign_in(client), 400, sentence)


def test_an_algorithm_the_site_does_not_name_is_refused(
    client: Client, issuer: IssuerProcess, settings: Settings
) -> None:
    settings.OIDC = replace(issuer.oidc, algorithms=("ES256",))
    is_refused(sign_in(client), 400, "could not be verified")


def test_an_answer_is_good_for_one_time(issuer: IssuerProcess) -> None:
    browser = Client()
    answer = back(sent_away(browser))
    assert browser.get(BACK, answer).status_code == 302
    browser.post(reverse("logout"))
    replayed = browser.get(BACK, answer)
    assert replayed.status_code == 400
    assert "has been used already" in text(replayed)
    assert not is_signed_in(browser)


def test_an_answer_is_good_for_one_browser(client: Client, issuer: IssuerProcess) -> None:
    """Else somebody could have others signed in as themselves."""
    answer = back(sent_away(Client()))
    is_refused(client.get(BACK, answer), 400, "begun in another browser")


@pytest.mark.parametrize("change", [{"code": "made up"}, {"iss": "https://elsewhere.example"}])
def test_an_answer_that_was_changed_opens_nothing(
    client: Client, issuer: IssuerProcess, change: dict[str, str]
) -> None:
    answer = client.get(BACK, {**back(sent_away(client)), **change})
    assert answer.status_code == 400
    assert not is_signed_in(client)


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"code": "x"}, {"error": "<script>"}, {"state": "\ud800"}])
def test_nonsense_is_answered_with_a_sentence(client: Client, issuer: IssuerProcess, query: dict[str, str]) -> None:
    encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
    response = client.get(BACK, encoded)
    assert response.status_code == 400
    assert "Please begin again." in text(response)


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(client: Client, issuer: IssuerProcess, elsewhere: str) -> None:
    assert sign_in(client, next=elsewhere)["Location"] == reverse("home")


def test_a_deactivated_account_stays_closed(client: Client, issuer: IssuerProcess) -> None:
    sign_in(Client())
    User.objects.update(is_active=False)
    response = sign_in(client)
    assert response.status_code == 403
    assert "has been deactivated" in text(response)
    assert not is_signed_in(client)


def test_where_no_accounts_are_made_strangers_are_sent_to_an_operator(
    client: Client, issuer: IssuerProcess, settings: Settings
) -> None:
    settings.ACCOUNT_RULES = AccountRules(False, "", ())
    is_refused(sign_in(client), 403, "You have no account here yet")


def test_an_account_of_the_same_name_and_address_is_somebody_elses(
    client: Client, issuer: IssuerProcess, settings: Settings
) -> None:
    local = User.objects.create_user("Ada", "ada@example.org", "a password of hers", is_staff=True)
    sign_in(client)
    identity = Identity.objects.select_related("user").get()
    assert identity.user != local
    assert identity.user.username == "ada-2"
    assert not identity.user.is_staff


def test_an_identity_an_operator_has_entered_opens_the_account_it_names(
    client: Client, issuer: IssuerProcess, owner: User, settings: Settings
) -> None:
    settings.ACCOUNT_RULES = AccountRules(False, "groups", ("operators",))
    Identity.objects.create(user=owner, issuer=issuer.url, subject="248289761001")
    issuer.told(userinfo={"groups": ["operators"]})
    sign_in(client)
    assert get_user(client) == owner  # type: ignore[arg-type]
    owner.refresh_from_db()
    assert (owner.is_staff, owner.first_name) == (False, "")


# --- The provider is away, or not who it is taken for ---------------------------------------


def test_without_the_provider_the_password_still_opens(client: Client, owner: User, settings: Settings) -> None:
    from runs import identities
    from tests.identities.issuing import issuing

    with issuing() as gone:
        settings.OIDC = gone.oidc
    identities.provider.cache_clear()
    response = client.get(BEGIN, {"next": "/runs/"})
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert "does not answer at the moment" in text(response)
    assert client.get(LOGIN).status_code == 200
    sent = {"username": "owner", "password": "owner's password", "next": "/runs/"}
    assert client.post(LOGIN, sent)["Location"] == "/runs/"


def test_a_provider_that_fails_half_way_loses_nothing(client: Client, issuer: IssuerProcess) -> None:
    issuer.told(fault="token endpoint fails")
    response = sign_in(client, next="/runs/")
    is_refused(response, 503, "does not answer at the moment")
    again = soup(response).select_one("#_sign_in_elsewhere a")
    assert again is not None
    assert again["href"] == f"{BEGIN}?next=%2Fruns%2F"


def test_a_provider_with_another_name_is_not_trusted(client: Client, issuer: IssuerProcess) -> None:
    issuer.told(calls_itself="https://elsewhere.example")
    assert client.get(BEGIN).status_code == 503


def test_new_keys_are_fetched_when_a_token_names_them(client: Client, issuer: IssuerProcess) -> None:
    from runs import identities

    issuer.told(make_keys=True)
    sign_in(client)
    identities.provider.cache_clear()
    answer = back(sent_away(client))
    issuer.told(make_keys=True)
    client.get(BACK, answer)
    assert is_signed_in(client)


# --- The page, and leaving ------------------------------------------------------------------


def test_without_a_provider_there_is_no_way_to_it(client: Client, issuer: IssuerProcess, settings: Settings) -> None:
    assert "Sign in with Example ID" in text(client.get(LOGIN))
    settings.OIDC = None
    assert not soup(client.get(LOGIN)).select_one("#_sign_in_elsewhere")
    assert client.get(BEGIN).status_code == client.get(BACK).status_code == 404


def test_the_admin_is_entered_by_the_same_page(
    client: Client, issuer: IssuerProcess, operator: User, settings: Settings
) -> None:
    door = reverse("admin:login", query={"next": "/admin/runs/agentrun/"})
    assert client.get(door)["Location"] == f"{LOGIN}?next=/admin/runs/agentrun/"
    sign_in(client, next="/admin/")
    assert "not authorized" in text(client.get("/admin/", follow=True))
    client.force_login(operator)
    assert client.get("/admin/").status_code == 200
    settings.OIDC = None
    assert Client().get(door).status_code == 200


def test_passwords_can_be_left_to_the_break_glass_user(
    client: Client, issuer: IssuerProcess, owner: User, operator: User, settings: Settings
) -> None:
    settings.PASSWORDS = Passwords(False, "operator")
    assert soup(client.get(LOGIN)).select_one("details #_sign_in_form")
    assert client.post(LOGIN, {"username": "owner", "password": "owner's password"}).status_code == 200
    assert not is_signed_in(client)
    assert client.post(LOGIN, {"username": "operator", "password": "operator's password"}).status_code == 302
    sign_in(other := Client())
    assert is_signed_in(other)
    settings.PASSWORDS = Passwords(False, "")
    assert not soup(Client().get(LOGIN)).select_one("#_sign_in_form")


def test_signing_out_offers_to_sign_out_there_as_well(client: Client, issuer: IssuerProcess) -> None:
    sign_in(client)
    page = client.post(reverse("logout"))
    assert page.status_code == 200
    link = soup(page).select_one("main a.primary")
    assert link is not None
    url = urlsplit(str(link["href"]))
    query = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{issuer.url}/end"
    assert query["post_logout_redirect_uri"][0].endswith(LOGIN)
    assert query["id_token_hint"][0].count(".") == 2
    assert not is_signed_in(client)


def test_where_the_provider_has_no_way_out_one_is_just_signed_out(client: Client, issuer: IssuerProcess) -> None:
    issuer.told(offers_sign_out=False)
    sign_in(client)
    assert client.post(reverse("logout"))["Location"] == LOGIN


def test_who_signed_in_with_a_password_is_just_signed_out(client: Client, issuer: IssuerProcess, owner: User) -> None:
    client.force_login(owner)
    assert client.post(reverse("logout"))["Location"] == LOGIN


def test_the_session_from_before_is_not_the_one_after(client: Client, issuer: IssuerProcess) -> None:
    sent_away(client)
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before
