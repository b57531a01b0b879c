"""Places in a list, as the cursors of its pages name them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

BEGINNING: Final = datetime.fromtimestamp(0, UTC)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that is ordered by creation, newest first.

    ``leads_to_newer``: the page the cursor asks for lies before the place, not behind it.
    """

    created_at: datetime
    id: UUID
    leads_to_newer: bool = False

    @classmethod
    def parse(cls, cursor: str) -> Position:
        """Read an opaque cursor. Raises ``ValueError``."""
        try:
            micros, key, *rest = base64.urlsafe_b64decode(cursor.encode()).decode().split(":")
            if rest not in ([], ["newer"]):
                raise ValueError(rest)
            return cls(BEGINNING + timedelta(microseconds=int(micros)), UUID(key), bool(rest))
        except (ValueError, OverflowError, binascii.Error):
            raise ValueError("This cursor does not come from a list.") from None

    def __str__(self) -> str:
        micros = (self.created_at - BEGINNING) // timedelta(microseconds=1)
        text = f"{micros}:{self.id}" + (":newer" if self.leads_to_newer else "")
        return base64.urlsafe_b64encode(text.encode()).decode()

    # The first condition of each is implied by the second, and the only one that PostgreSQL can find in an index.

    def strictly_older(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows behind the place."""
        return rows.filter(
            Q(created_at__lt=self.created_at) | Q(id__lt=self.id),
            created_at__lte=self.created_at,
        )

    def strictly_newer(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows before the place."""
        return rows.filter(
            Q(created_at__gt=self.created_at) | Q(id__gt=self.id),
            created_at__gte=self.created_at,
        )

    def and_newer(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows before the place, and the one at it."""
        return rows.filter(
            Q(created_at__gt=self.created_at) | Q(id__gte=self.id),
            created_at__gte=self.created_at,
        )
