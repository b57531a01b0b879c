"""What a document extractor found: values with the places that show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runs.agents.extraction.fields import in_present_shape
from runs.comparing.matching import Candidate, matched
from runs.comparing.rows import Row, Side
from runs.comparing.values import even, meaning, shown


def field_rows(left: list[Any], right: list[Any]) -> Iterator[Row]:
    """The fields of both outputs, in the order in which they are listed, name by name."""
    lefts, rights = by_name(left), by_name(right)
    for name in {**lefts, **rights}:
        both = [*lefts.get(name, ()), *rights.get(name, ())]
        label = str(both[0].get("label") or name.replace("_", " ").capitalize())
        yield from matched(name, label, candidates(lefts.get(name, ())), candidates(rights.get(name, ())))


def by_name(fields: Iterable[Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for field in fields:
        if isinstance(field, Mapping):
            found.setdefault(str(field.get("name", "")), []).append(field)
    return found


def candidates(fields: Iterable[Mapping[str, Any]]) -> list[Candidate]:
    return [_candidate(field) for field in fields]


def _candidate(field: Mapping[str, Any]) -> Candidate:
    field = in_present_shape(field)
    currency = field.get("currency")
    value, page, quote = field.get("normalised"), field.get("page"), even(str(field.get("quote", "")))
    side = Side(
        text=f"{currency} {shown(value)}" if currency else shown(value),
        page=page if isinstance(page, int) else None,
        quote=shown(quote),
    )
    return Candidate(side, meaning(value, str(field.get("type", "")), currency), (page, quote))
