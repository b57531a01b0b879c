"""The single values of a receipt, where they stand, and a short mark of each.

The marks are sealed with the receipt, so that of a changed one it can be said what was changed
without anything to compare it with. They only point: that something was changed is proven by the
hash over everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from runs.canonical import sha256_of

Path = tuple[str | int, ...]

MARK_LENGTH: Final = 6
"""Hexadecimal digits: one of 16 million."""
MOST_COMPARED: Final = 4_000_000
"""Pairs of marks, where their number is not what it was."""


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no others, with the keys and places that lead to it; in the order of the keys."""
    match value:
        case dict() if value:
            for key in sorted(value):
                yield from leaves(value[key], (*path, key))
        case list() if value:
            for place, inner in enumerate(value):
                yield from leaves(inner, (*path, place))
        case _:
            yield path, value


def pointer(path: Path) -> str:
    """Where a value stands, as RFC 6901 writes it."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path) or "/"


def marks(value: Any) -> str:
    """The marks of all leaves, one after the other."""
    return "".join(mark for _, mark in _marked(value))


def misfits(value: Any, sealed_marks: str) -> list[str]:
    """What in ``value`` does not fit the marks: a sentence for each place."""
    found = _marked(value)
    here = [mark for _, mark in found]
    sealed = [sealed_marks[start : start + MARK_LENGTH] for start in range(0, len(sealed_marks), MARK_LENGTH)]
    if len(here) == len(sealed):
        return [f"{place} was changed." for (place, mark), was in zip(found, sealed, strict=True) if mark != was]
    start, end = _alike(here, sealed), _alike(here[::-1], sealed[::-1])
    end = min(end, len(here) - start, len(sealed) - start)
    before = f"after {found[start - 1][0]}" if start else "at the beginning"
    places, here = [place for place, _ in found[start : len(found) - end]], here[start : len(here) - end]
    sealed = sealed[start : len(sealed) - end]
    if len(here) * len(sealed) > MOST_COMPARED:
        return [f"What stands {before} was changed: values were added or taken out."]
    sentences = []
    for kind, first, last, from_, to in SequenceMatcher(None, sealed, here, autojunk=False).get_opcodes():
        if kind != "equal":
            where = f"after {places[from_ - 1]}" if from_ else before
            sentences += _said(places[from_:to], last - first, where)
    return sentences


def _alike(some: Sequence[str], others: Sequence[str]) -> int:
    """How many of the first are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(some), len(others)))


def _marked(value: Any) -> list[tuple[str, str]]:
    """Places in lists do not count, so that one entry too many does not seem to change all that follow."""
    return [
        (pointer(path), sha256_of([[step for step in path if isinstance(step, str)], leaf])[:MARK_LENGTH])
        for path, leaf in leaves(value)
    ]


def _said(places: list[str], sealed_count: int, where: str) -> list[str]:
    said = [f"{place} was changed or added." for place in places]
    gone = sealed_count - len(places)
    if gone > 0:
        said.append(f"{gone} value{'' if gone == 1 else 's'} {where} {'is' if gone == 1 else 'are'} gone.")
    return said
