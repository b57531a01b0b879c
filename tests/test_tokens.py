"""Tokens: what they may be used for, and that nobody hands out more than they have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from runs import access, tokens
from runs.errors import NotAllowed, NotSignedIn, TokenRefused
from runs.models import ApiToken, Scope, User
from tests import acting

pytestmark = pytest.mark.django_db


def test_a_token_opens_only_what_its_scopes_say(owner: User) -> None:
    _, secret = tokens.issue(owner, "reader", scopes=[Scope.RUNS_READ])
    assert access.caller_with_token(secret, Scope.RUNS_READ).user == owner
    with pytest.raises(NotAllowed, match="lacks the scope runs:write"):
        access.caller_with_token(secret, Scope.RUNS_WRITE)


def test_an_operators_token_sees_others_runs_only_with_the_scope(operator: User, owner: User) -> None:
    run = acting.pending(owner)
    for scopes, sees in ((tokens.USUAL, False), ([*tokens.USUAL, Scope.OPERATE], True)):
        _, secret = tokens.issue(operator, "script", scopes=scopes)
        user = access.caller_with_token(secret, Scope.RUNS_READ).user
        assert user is not None
        assert access.visible_runs(user).filter(pk=run.pk).exists() is sees
    # The user themselves is as powerful as ever.
    assert User.objects.get(pk=operator.pk).is_operator


def test_acting_for_others_needs_the_permission_and_the_scope(owner: User) -> None:
    with pytest.raises(TokenRefused, match="act-for-others"):
        tokens.issue(owner, "script", scopes=[Scope.ACT_FOR_OTHERS])
    owner.user_permissions.add(Permission.objects.get(codename="act_for_others"))
    owner = User.objects.get(pk=owner.pk)
    for scopes, may in ((tokens.USUAL, False), ([*tokens.USUAL, Scope.ACT_FOR_OTHERS], True)):
        _, secret = tokens.issue(owner, "script", scopes=scopes)
        assert access.caller_with_token(secret, Scope.RUNS_WRITE).may_act_for_others is may


@pytest.mark.parametrize(
    ("name", "scopes", "sentence"),
    [
        ("  ", [Scope.RUNS_READ], "name"),
        ("x" * 101, [Scope.RUNS_READ], "name"),
        ("script", [], "at least one scope"),
        ("script", ["everything"], "can not have the scope everything"),
        ("script", [Scope.OPERATE], "can not have the scope operate"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(owner: User, name: str, scopes: list[str], sentence: str) -> None:
    with pytest.raises(TokenRefused, match=sentence):
        tokens.issue(owner, name, scopes=scopes)
    assert not ApiToken.objects.exists()


def test_a_token_issues_none_that_may_more_or_lasts_longer(owner: User) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    parent, _ = tokens.issue(owner, "parent", scopes=[Scope.RUNS_READ], expires_at=tomorrow)
    with pytest.raises(TokenRefused, match="lacks runs:write"):
        tokens.issue(owner, "child", scopes=tokens.USUAL, expires_at=tomorrow, under=parent)
    for later in (None, tomorrow + timedelta(seconds=1)):
        with pytest.raises(TokenRefused, match="outlasts"):
            tokens.issue(owner, "child", scopes=[Scope.RUNS_READ], expires_at=later, under=parent)
    child, _ = tokens.issue(owner, "child", scopes=[Scope.RUNS_READ], expires_at=tomorrow, under=parent)
    assert child.scopes == [Scope.RUNS_READ]


def test_a_revoked_token_opens_nothing_and_stays_so(owner: User) -> None:
    token, secret = tokens.issue(owner, "script", scopes=tokens.USUAL)
    assert tokens.revoke(token)
    first = ApiToken.objects.get().revoked_at
    assert not tokens.revoke(token)
    assert ApiToken.objects.get().revoked_at == first
    with pytest.raises(NotSignedIn):
        access.caller_with_token(secret, Scope.RUNS_READ)


def test_a_script_can_not_fill_its_owners_list_of_tokens(owner: User) -> None:
    spent = timezone.now() - timedelta(days=1)
    for number in range(tokens.MOST - 1):
        ApiToken.issue(owner, f"script {number}")
    ApiToken.issue(owner, "expired", expires_at=spent)
    last, _ = tokens.issue(owner, "last", scopes=[Scope.RUNS_READ])
    with pytest.raises(TokenRefused, match="revoke one first"):
        tokens.issue(owner, "one more", scopes=[Scope.RUNS_READ])
    tokens.revoke(last)
    assert tokens.issue(owner, "one more", scopes=[Scope.RUNS_READ])
