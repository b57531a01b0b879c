"""Runs meant by the beginning of their id, as people copy it."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Q

DIGITS = 32
BEGINNING = re.compile(r"[0-9a-f]{1,32}")


def begins_with(text: str) -> Q:
    """Runs whose id begins so, with or without hyphens; none for what no id begins with.

    A range of ids, so that the primary key's index finds them.
    """
    beginning = text.strip().lower().replace("-", "")
    if not BEGINNING.fullmatch(beginning):
        return Q(pk__in=())
    return Q(pk__range=(UUID(beginning.ljust(DIGITS, "0")), UUID(beginning.ljust(DIGITS, "f"))))
