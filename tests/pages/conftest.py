"""The cast of the pages: an owner, a stranger, an operator, and their browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:  # Read before Django is set up.
    from runs.models import User


@pytest.fixture
def stranger(db: None) -> User:
    from runs.models import User

    return User.objects.create_user("stranger", password="stranger's password")


@pytest.fixture
def operator(db: None) -> User:
    from runs.models import User

    return User.objects.create_user("operator", password="operator's password", is_staff=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page(owner: User) -> Client:
    """The owner's browser."""
    return signed_in(owner)


@pytest.fixture
def strangers_page(stranger: User) -> Client:
    return signed_in(stranger)


@pytest.fixture
def operators_page(operator: User) -> Client:
    return signed_in(operator)
