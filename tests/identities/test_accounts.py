"""What the issuer has a say in: name, groups and role of the accounts it brought, and of no others."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from pytest_django import Settings

from agentsite.signing_in import AccountRules
from runs import identities
from runs.errors import SignInRefused
from runs.models import Identity, User

ISSUER = "https://id.example.org"


@pytest.fixture(autouse=True)
def _rules(settings: Settings) -> None:
    settings.ACCOUNT_RULES = AccountRules(True, "groups", ("site-operators",))


def arrive(subject: str = "s-1", **claims: Any) -> User:
    user = identities.user_for(ISSUER, {"sub": subject, "preferred_username": "ada", **claims}, signs_in=True)
    return User.objects.get(pk=user.pk)


def groups_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


@pytest.mark.django_db
class TestGroups:
    def test_groups_that_exist_here_are_joined_and_left_again(self) -> None:
        Group.objects.create(name="legal")
        Group.objects.create(name="finance")
        assert groups_of(arrive(groups=["legal", "unknown here"])) == {"legal"}
        assert groups_of(arrive(groups=["finance"])) == {"finance"}
        assert groups_of(arrive()) == set()
        assert not Group.objects.filter(name="unknown here").exists()

    def test_a_group_given_here_is_not_taken_away_there(self) -> None:
        legal, finance = (Group.objects.create(name=name) for name in ("legal", "finance"))
        user = arrive(groups=["finance"])
        user.groups.add(legal)
        assert groups_of(arrive(groups=["legal", "finance"])) == {"legal", "finance"}
        assert groups_of(arrive()) == {"legal"}
        assert finance.user_set.count() == 0

    def test_the_role_of_operator_comes_and_goes_with_its_group(self) -> None:
        assert arrive(groups=["site-operators"]).is_operator
        assert not arrive(groups=["site-operators"]).is_superuser
        assert not arrive(groups=[]).is_operator

    def test_an_operator_made_here_stays_one(self) -> None:
        User.objects.filter(pk=arrive().pk).update(is_staff=True)
        assert arrive(groups=["site-operators"]).is_operator
        assert arrive().is_operator

    def test_an_account_that_was_not_brought_by_the_issuer_is_left_alone(self, operator: User) -> None:
        legal = Group.objects.create(name="legal")
        operator.groups.add(legal)
        Identity.objects.create(user=operator, issuer=ISSUER, subject="s-1")
        user = arrive(groups=["something"], given_name="Eve", email="eve@example.org")
        assert (user, user.is_operator, groups_of(user)) == (operator, True, {"legal"})
        assert (user.first_name, user.email) == ("", "")

    @pytest.mark.parametrize(
        ("claim", "claims"),
        [
            ("groups", {"groups": "legal"}),
            ("groups", {"groups": ["/legal", 7, None, {"a": 1}]}),
            ("realm_access.roles", {"realm_access": {"roles": ["legal"]}}),
            ("https://example.org/groups", {"https://example.org/groups": ["legal"]}),
        ],
    )
    def test_claims_are_read_as_providers_write_them(
        self, settings: Settings, claim: str, claims: dict[str, Any]
    ) -> None:
        Group.objects.create(name="legal")
        settings.ACCOUNT_RULES = AccountRules(True, claim, ())
        assert groups_of(arrive(**claims)) == {"legal"}

    @pytest.mark.parametrize("nonsense", [None, 7, {"legal": True}, [["legal"]], "\x00"])
    def test_nonsense_names_no_group(self, nonsense: Any) -> None:
        Group.objects.create(name="legal")
        assert groups_of(arrive(groups=nonsense)) == set()

    def test_without_a_claim_to_look_at_groups_are_left_alone(self, settings: Settings) -> None:
        Group.objects.create(name="legal")
        arrive(groups=["legal", "site-operators"])
        settings.ACCOUNT_RULES = AccountRules(True, "", ())
        user = arrive()
        assert (groups_of(user), user.is_operator) == ({"legal"}, True)


@pytest.mark.django_db
class TestNames:
    @pytest.mark.parametrize(
        ("claims", "name"),
        [
            ({"preferred_username": "ada@example.org"}, "ada@example.org"),
            ({"preferred_username": "Ada Lovelace <x>"}, "Ada-Lovelace-x"),
            ({"preferred_username": "", "email": "grace@example.org"}, "grace"),
            ({"preferred_username": "ａｄａ"}, "ada"),
            ({"preferred_username": "a\x00b\ud800"}, "a-b"),
            ({"preferred_username": "x" * 500}, "x" * 100),
        ],
    )
    def test_a_name_becomes_one_that_can_be(self, claims: dict[str, Any], name: str) -> None:
        assert arrive(**claims).username == name

    def test_a_name_that_is_taken_gets_a_number(self) -> None:
        User.objects.create_user("ADA")
        assert [arrive(f"s-{number}").username for number in range(3)] == ["ada-2", "ada-3", "ada-4"]

    def test_there_are_always_more_names(self) -> None:
        assert len({arrive(f"s-{number}").username for number in range(12)}) == 12

    def test_without_any_name_there_is_still_an_account(self) -> None:
        assert arrive(preferred_username="***").username.startswith("user-")

    def test_an_address_that_is_not_verified_is_not_kept(self) -> None:
        assert arrive(email="boss@example.org", email_verified=False).email == ""

    @pytest.mark.parametrize("subject", ["", "x" * 256, "a\x00"])
    def test_a_subject_that_can_not_be_one_is_refused(self, subject: str) -> None:
        with pytest.raises(SignInRefused):
            arrive(subject)
        assert not User.objects.exists()

    def test_subjects_are_told_apart_by_issuer_and_letter(self) -> None:
        elsewhere = identities.user_for("https://other.example", {"sub": "s-1"}, signs_in=True)
        assert len({arrive("s-1").pk, arrive("S-1").pk, elsewhere.pk}) == 3


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_account() -> None:
    barrier, seen = threading.Barrier(4), []

    def first() -> None:
        barrier.wait()
        seen.append(arrive(groups=["site-operators"]).pk)
        connection.close()

    threads = [threading.Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len(set(seen)) == User.objects.count() == Identity.objects.count() == 1
