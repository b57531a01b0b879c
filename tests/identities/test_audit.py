"""Who came in, who failed to, and what an issuer changed: all of it is in the audit."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from agentsite.signing_in import AccountRules
from runs.models import AuditEntry, User
from tests.identities.issuing import IssuerProcess, sign_in

LOGIN = reverse("login")
pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_signing_in_and_out_with_a_password(client: Client, owner: User) -> None:
    client.post(LOGIN, {"username": "owner", "password": "owner's password"})
    client.post(reverse("logout"))
    assert actions() == ["login.succeeded", "logout"]
    entry = AuditEntry.objects.earliest("id")
    assert (entry.actor_name, entry.address, entry.details["at"]) == ("owner", "127.0.0.1", LOGIN)


def test_failing_until_locked_out_and_no_more(client: Client, owner: User, settings: Settings) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT + 2):
        client.post(LOGIN, {"username": "owner", "password": "a guess"})
    assert actions() == ["login.failed"] * settings.AXES_FAILURE_LIMIT + ["login.locked"]
    assert AuditEntry.objects.latest("id").subject_id == str(owner.pk)


def test_what_was_typed_as_a_name_may_be_a_password(client: Client) -> None:
    client.post(LOGIN, {"username": "my secret word", "password": "x"})
    assert actions() == ["login.failed"]
    assert "secret word" not in str(AuditEntry.objects.values().get())


def test_the_issuers_changes_of_a_role(issuer: IssuerProcess, settings: Settings) -> None:
    settings.ACCOUNT_RULES = AccountRules(True, "groups", ("operators",))
    issuer.told(userinfo={"groups": ["operators"]})
    sign_in(Client())
    issuer.told(userinfo={})
    sign_in(Client())
    assert actions() == [
        "oidc.linked",
        "operator.appointed",
        "login.succeeded",
        "operator.dismissed",
        "login.succeeded",
    ]
