"""Django's forms for passwords, which write the whole user: runs are counted in the same row meanwhile."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import forms as auth


class PasswordChangeForm(auth.PasswordChangeForm):
    """One's own."""

    def save(self, commit: bool = True) -> Any:
        """Write the password and nothing else."""
        user = super().save(commit=False)
        if commit:
            user.save(update_fields=["password"])
        return user


class AdminPasswordChangeForm(auth.AdminPasswordChangeForm):  # type: ignore[type-arg]  # Not generic when it runs.
    """Somebody's, by an operator."""

    def save(self, commit: bool = True) -> Any:
        """Write the password and nothing else."""
        user = super().save(commit=False)
        if commit:
            user.save(update_fields=["password"])
        return user
