"""Who may see and do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.utils import timezone

from runs import access, uploads
from runs.access import Caller
from runs.errors import NotAllowed, NotFound, NotSignedIn
from runs.models import ApiToken, Scope, User
from tests import acting

pytestmark = pytest.mark.django_db


def test_owners_and_operators_see_a_run_and_for_strangers_it_does_not_exist(
    owner: User, stranger: User, operator: User
) -> None:
    run = acting.pending(owner)

    assert access.visible_run(owner, run.pk) == access.visible_run(operator, run.pk) == run
    with pytest.raises(NotFound) as refusal:
        access.visible_run(stranger, run.pk)
    with pytest.raises(NotFound) as unknown:
        access.visible_run(stranger, uuid4())
    assert refusal.value.sentence.replace(str(run.pk), "") == unknown.value.sentence[:8] + " not found"


def test_a_deactivated_operator_is_no_operator(owner: User, operator: User) -> None:
    acting.pending(owner)
    operator.is_active = False

    assert not access.visible_runs(operator).exists()


def test_documents_are_their_owners(owner: User, stranger: User, operator: User) -> None:
    document = uploads.keep(ContentFile(b"Words.", name="a.txt"), owner)

    assert access.visible_document(operator, document.pk) == document
    assert list(access.own_documents(owner)) == [document]
    with pytest.raises(NotFound):
        access.visible_document(stranger, document.pk)


class TestTokens:
    def test_a_token_stands_for_its_user(self, owner: User) -> None:
        _, secret = ApiToken.issue(owner, "script")

        assert access.caller_with_token(secret, Scope.RUNS_READ).user == owner

    def test_only_the_hash_is_stored(self, owner: User) -> None:
        token, secret = ApiToken.issue(owner, "script")

        stored = ApiToken.objects.filter(pk=token.pk).values().get()
        assert secret not in str(stored)
        assert secret.startswith(token.prefix)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda token: {"revoked_at": timezone.now()},
            lambda token: {"expires_at": timezone.now() - timedelta(seconds=1)},
        ],
    )
    def test_a_spent_token_opens_nothing(self, owner: User, spoil: Callable[[ApiToken], dict[str, object]]) -> None:
        token, secret = ApiToken.issue(owner, "script")
        ApiToken.objects.filter(pk=token.pk).update(**spoil(token))

        with pytest.raises(NotSignedIn):
            access.caller_with_token(secret, Scope.RUNS_READ)

    def test_a_deactivated_user_takes_the_tokens_along(self, owner: User) -> None:
        _, secret = ApiToken.issue(owner, "script")
        User.objects.filter(pk=owner.pk).update(is_active=False)

        with pytest.raises(NotSignedIn):
            access.caller_with_token(secret, Scope.RUNS_READ)

    @pytest.mark.parametrize("secret", ["", "agentsite_", "nonsense", "\ud800", "x" * 100_000])
    def test_nonsense_opens_nothing(self, secret: str) -> None:
        with pytest.raises(NotSignedIn):
            access.caller_with_token(secret, Scope.RUNS_READ)

    def test_use_is_noted_but_not_at_every_request(self, owner: User) -> None:
        token, secret = ApiToken.issue(owner, "script")

        access.caller_with_token(secret, Scope.RUNS_READ)
        first = ApiToken.objects.get(pk=token.pk).last_used_at
        access.caller_with_token(secret, Scope.RUNS_READ)

        assert first is not None
        assert ApiToken.objects.get(pk=token.pk).last_used_at == first


class TestActingForOthers:
    def test_everybody_acts_for_themselves(self, owner: User) -> None:
        assert access.user_acted_for(Caller(owner), owner.pk) == owner

    def test_an_ordinary_token_does_not_act_for_others(self, owner: User, stranger: User) -> None:
        for user_id in (stranger.pk, uuid4()):
            with pytest.raises(NotAllowed):
                access.user_acted_for(Caller(owner), user_id)

    def test_the_permission_lets_act_for_users_known_and_new(self, owner: User, stranger: User) -> None:
        owner.user_permissions.add(Permission.objects.get(codename="act_for_others"))
        new = uuid4()

        assert access.user_acted_for(Caller(owner), stranger.pk) == stranger
        assert access.user_acted_for(Caller(owner), new).pk == new

    def test_a_provisioned_user_cannot_sign_in(self) -> None:
        user = access.user_acted_for(Caller(None), uuid4())

        assert not user.has_usable_password()
        assert not user.is_staff

    def test_nobody_acts_for_a_deactivated_user(self, owner: User) -> None:
        User.objects.filter(pk=owner.pk).update(is_active=False)

        with pytest.raises(NotAllowed):
            access.user_acted_for(Caller(None), owner.pk)

    def test_who_acts_for_others_sees_their_runs(self, owner: User, stranger: User) -> None:
        run = acting.pending(owner)

        assert access.run_for(Caller(None), run.pk) == run
        with pytest.raises(NotFound):
            access.run_for(Caller(stranger), run.pk)
