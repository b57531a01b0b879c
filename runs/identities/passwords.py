"""Who signs in with a password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from runs.models import User


class PasswordBackend(ModelBackend):
    """Django's, for everybody or for the one who may where others may not.

    Decided after the password has been checked, so that time tells nothing; and only
    when signing in: whoever came from the provider has a session of this backend, too.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        user = super().authenticate(request, username=username, password=password, **kwargs)
        passwords = settings.PASSWORDS
        if not isinstance(user, User) or not (passwords.of_all or user.username == passwords.break_glass_user):
            return None
        return user
