"""Cursors: opaque, and only those of a list are taken."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from runs.positions import Dated, Numbered, Position

AT = datetime(2026, 11, 24, 9, 30, 0, 123456, UTC)
PLACES = [
    Position(AT, UUID(int=7)),
    Position(AT, UUID(int=7), leads_to_newer=True),
    Numbered(1041),
    Dated(AT, 1041),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_place_is_found_again_by_its_cursor(place: Position | Numbered | Dated) -> None:
    assert type(place).parse(str(place)) == place
    assert not str(place).isdecimal()
    assert "1041" not in str(place)


@pytest.mark.parametrize("kind", [Position, Numbered, Dated])
@pytest.mark.parametrize(
    "cursor", ["1041", "nonsense", "é", "\0", "MTA0MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk=", "LTE=", "OjE="]
)
def test_cursor_of_no_list_is_refused(kind: type[Position | Numbered | Dated], cursor: str) -> None:
    with pytest.raises(ValueError, match="does not come from a list"):
        kind.parse(cursor)


def test_cursor_of_another_list_is_refused() -> None:
    for place in PLACES:
        for kind in {Position, Numbered, Dated} - {type(place)}:
            with pytest.raises(ValueError, match="does not come from a list"):
                kind.parse(str(place))
