"""The people whose scripts call the API."""

# Models are imported inside: this file is read before Django is set up.

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import Settings

    from runs.models import User
    from tests.api.scripts import Script


@pytest.fixture
def script(owner: User) -> Script:
    """The script of the user a test is about."""
    from tests.api.scripts import script_of

    return script_of(owner)


@pytest.fixture
def delegate(db: None) -> User:
    """A user who may act for others."""
    from django.contrib.auth.models import Permission

    from runs.models import User

    user = User.objects.create_user("delegate")
    user.user_permissions.add(Permission.objects.get(codename="act_for_others"))
    return user


@pytest.fixture
def local(db: None, settings: Settings) -> Script:
    """A script without a token, where the API is open to this machine."""
    from tests.api.scripts import on_this_machine

    settings.API_OPEN_ON_LOOPBACK = True
    return on_this_machine()
