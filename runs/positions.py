"""Places in a list, as the cursors of its pages name them.

A cursor is opaque: what it is made of is for the list to know, and may change.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

BEGINNING: Final = datetime.fromtimestamp(0, UTC)
FOREIGN: Final = "This cursor does not come from a list."
LARGEST_NUMBER: Final = 2**63 - 1
M = TypeVar("M", bound=Model)


def _sealed(*parts: object) -> str:
    return base64.urlsafe_b64encode(":".join(map(str, parts)).encode()).decode()


def _parts(cursor: str) -> list[str]:
    """What a cursor is made of. Raises ``ValueError``."""
    return base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii").split(":")


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(LARGEST_NUMBER)) or int(text) > LARGEST_NUMBER:
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    return BEGINNING + timedelta(microseconds=int(text))


def _micros(moment: datetime) -> int:
    return (moment - BEGINNING) // timedelta(microseconds=1)


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
            micros, key, *rest = _parts(cursor)
            if rest not in ([], ["newer"]):
                raise ValueError(rest)
            return cls(_moment(micros), UUID(key), bool(rest))
        except (ValueError, OverflowError):
            raise ValueError(FOREIGN) from None

    def __str__(self) -> str:
        return _sealed(_micros(self.created_at), self.id, *(["newer"] if self.leads_to_newer else []))

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


@dataclass(frozen=True, slots=True)
class Numbered:
    """A place in a list that is ordered by a number, as versions and events are."""

    number: int

    @classmethod
    def parse(cls, cursor: str) -> Numbered:
        """Read an opaque cursor. Raises ``ValueError``."""
        try:
            (number,) = _parts(cursor)
            return cls(_number(number))
        except ValueError:
            raise ValueError(FOREIGN) from None

    def __str__(self) -> str:
        return _sealed(self.number)


@dataclass(frozen=True, slots=True)
class Dated:
    """A place in a list that is ordered by time, of rows that have numbers for ids."""

    at: datetime
    id: int

    @classmethod
    def parse(cls, cursor: str) -> Dated:
        """Read an opaque cursor. Raises ``ValueError``."""
        try:
            micros, number = _parts(cursor)
            return cls(_moment(micros), _number(number))
        except (ValueError, OverflowError):
            raise ValueError(FOREIGN) from None

    def __str__(self) -> str:
        return _sealed(_micros(self.at), self.id)
