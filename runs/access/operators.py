"""What is for operators alone."""

from __future__ import annotations

from runs.errors import NotAllowed, NotFound
from runs.models import User


def operators_only(user: User) -> None:
    """Raise ``NotFound`` for who is no operator: what is theirs does not exist for others."""
    if not user.is_operator:
        raise NotFound("There is nothing here.")


def operates(user: User) -> None:
    """Raise ``NotAllowed`` for who is no operator: what they may not change is no secret to them."""
    if not user.is_operator:
        raise NotAllowed("Only operators may do this; a token needs the scope operate for it, too.")
