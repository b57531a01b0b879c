"""Events, each under the hash of the one before, so that none can be changed, taken out or put in unnoticed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from runs.canonical import sha256_of

BEGINNING: Final = "0" * 64


def chained(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The events, each with its ``hash``."""
    before, links = BEGINNING, []
    for event in events:
        before = link(before, event)
        links.append({**event, "hash": before})
    return links


def link(before: str, event: Mapping[str, Any]) -> str:
    """The hash of an event that follows the one whose hash is ``before``: of both as a list, in canonical JSON."""
    return sha256_of([before, {name: value for name, value in event.items() if name != "hash"}])


def broken_links(events: Iterable[Any]) -> list[int]:
    """The places of the events whose hash does not follow from what stands before."""
    before, broken = BEGINNING, []
    for place, event in enumerate(events):
        stated = event.get("hash") if isinstance(event, dict) else None
        if not isinstance(event, dict) or stated != link(before, event):
            broken.append(place)
        before = str(stated)
    return broken
