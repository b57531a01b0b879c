"""A user's own page: tokens shown once, browsers signed out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from runs import origin, tokens
from runs.models import ApiToken, Scope, User
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

PROFILE = reverse("profile")


def issue(page: Client, **changes: object) -> str:
    """Ask for a token on the page; its secret."""
    sent = {"name": "nightly import", "lifetime": "90", "scopes": [Scope.RUNS_READ, Scope.RUNS_WRITE], **changes}
    response = page.post(reverse("token_issue"), sent)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = soup(response).select_one("#secret")
    assert found is not None
    return found.get_text()


def test_a_secret_is_shown_once(page: Client, owner: User) -> None:
    secret = issue(page)
    token = ApiToken.objects.for_secret(secret)
    assert token is not None
    assert (token.user, token.scopes) == (owner, [Scope.RUNS_READ, Scope.RUNS_WRITE])
    assert token.expires_at is not None
    shown = text(page.get(PROFILE))
    assert "nightly import" in shown
    assert secret not in shown


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Give the token a name"),
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["operate"]}, "can not"),
    ],
)
def test_a_refused_token_loses_nothing_that_was_typed(page: Client, changes: dict[str, object], sentence: str) -> None:
    response = page.post(
        reverse("token_issue"), {"name": "kept", "lifetime": "30", "scopes": ["runs:read"], **changes}
    )
    assert response.status_code == 422
    assert sentence in text(response)
    assert soup(response).select_one("#token-lifetime option[value='30'][selected]")
    assert not ApiToken.objects.exists()


def test_only_operators_are_offered_their_power(page: Client, operators_page: Client) -> None:
    def offered(browser: Client) -> set[str]:
        return {str(box["value"]) for box in soup(browser.get(PROFILE)).select("[name=scopes]")}

    assert offered(page) == {"runs:read", "runs:write"}
    assert "operate" in offered(operators_page)


def test_a_token_is_revoked_by_its_owner_only(page: Client, owner: User, strangers_page: Client) -> None:
    token, secret = tokens.issue(owner, "old", scopes=tokens.USUAL)
    url = reverse("token_revoke", args=[token.pk])
    assert strangers_page.post(url).status_code == 404
    assert ApiToken.objects.for_secret(secret) is not None
    assert page.get(url).status_code == 405
    assert "is revoked" in text(page.post(url, follow=True))
    assert ApiToken.objects.for_secret(secret) is None
    assert "You have no token" in text(page.get(PROFILE))


def test_browsers_are_listed_and_signed_out(page: Client, owner: User) -> None:
    elsewhere, far_away = signed_in(owner), signed_in(owner)
    found = soup(page.get(PROFILE))
    assert len(found.select("#_browsers li")) == 3
    assert len(found.select("#_browsers li form")) == 2
    # What names a session on the page opens none.
    assert page.session.session_key not in str(found)
    page.post(str(found.select("#_browsers li form")[0]["action"]))
    assert sorted(browser.get(PROFILE).status_code for browser in (elsewhere, far_away)) == [200, 302]
    assert "Signed out elsewhere: 1 browser." in text(page.post(reverse("sessions_end"), follow=True))
    assert elsewhere.get(PROFILE).status_code == far_away.get(PROFILE).status_code == 302


def test_token_that_somebody_else_has_made_says_who(page: Client, owner: User, operator: User) -> None:
    issue(page, name="my own")
    User.objects.filter(pk=operator.pk).update(is_superuser=True)
    sent = {"user": owner.pk, "name": "from above", "scopes": [Scope.RUNS_READ]}
    assert signed_in(operator).post(reverse("admin:runs_apitoken_add"), sent).status_code == 302
    names = [name.get_text(" ") for name in soup(page.get(PROFILE)).select("#_tokens tbody th")]
    assert [("from above" in name, "made by operator" in name) for name in names] == [(True, True), (False, False)]


def test_token_made_by_a_command_says_so(page: Client, owner: User) -> None:
    with origin.of_command(["issuetoken"]):
        tokens.issue(owner, "by command", scopes=[Scope.RUNS_READ])
    assert "(command issuetoken)" in text(page.get(PROFILE))
