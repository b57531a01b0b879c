"""Any other JSON, leaf by leaf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from runs.comparing.rows import Row, Side
from runs.comparing.values import meaning, shown, shown_apart
from runs.shapes import NO_SHAPE, Shape, label_of

IDENTIFYING: Final = ("id", "name", "rule", "number", "key")
DEEPEST: Final = 8
NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the JSON one is: the path as its ``name``, and as a ``label`` for people."""

    shape: Shape = NO_SHAPE
    name: str = ""
    label: str = ""
    depth: int = 0

    def below(self, key: str, shape: Shape | None) -> Place:
        """The place of ``key``; ``shape`` where that is not one of the fields'."""
        fields = self.shape.fields
        inner = shape or fields.get(key, NO_SHAPE)
        label = label_of(key, inner) if key in fields else key
        name = f"{self.name}.{key}" if self.name else key
        return Place(inner, name, f"{self.label} › {label}" if self.label else label, self.depth + 1)


def tree_rows(left: Any, right: Any, place: Place) -> Iterator[Row]:
    """The leaves of both values below ``place``."""
    match left, right:
        case (dict(), dict()) if place.depth < DEEPEST:
            yield from _objects(left, right, place)
        case (list(), list()) if place.depth < DEEPEST and _has_keys(left) and _has_keys(right):
            yield from _objects(_keyed(left), _keyed(right), place, place.shape.items)
        case _:
            yield _leaf(left, right, place.name, place.label or "Output")


def _objects(left: dict[str, Any], right: dict[str, Any], place: Place, each: Shape | None = None) -> Iterator[Row]:
    declared = dict.fromkeys(key for key in place.shape.fields if key in left or key in right)
    for key in {**declared, **left, **right}:
        yield from tree_rows(left.get(key, NOTHING), right.get(key, NOTHING), place.below(str(key), each))


def _leaf(left: Any, right: Any, name: str, label: str) -> Row:
    if left is NOTHING:
        return Row(name, label, "only_right", None, Side(shown(right)))
    if right is NOTHING:
        return Row(name, label, "only_left", Side(shown(left)), None)
    if _meaning(left) == _meaning(right):
        return Row(name, label, "same", Side(shown(left)), Side(shown(right)))
    are_texts = isinstance(left, str) and isinstance(right, str)
    texts = shown_apart(left, right) if are_texts else (shown(left), shown(right))
    return Row(name, label, "changed", Side(texts[0]), Side(texts[1]))


def _meaning(value: Any) -> Hashable:
    match value:
        case list():
            # The order of a list says nothing.
            return frozenset(Counter(map(_meaning, value)).items())
        case dict():
            return frozenset((key, _meaning(item)) for key, item in value.items())
        case _:
            return meaning(value)


def _has_keys(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items) and _key_of(items) != ""


def _key_of(items: list[Any]) -> str:
    """The field by which each object of a list is known; empty where there is none."""
    for name in IDENTIFYING:
        keys = [item.get(name) for item in items]
        if all(isinstance(key, str | int) for key in keys) and len(set(keys)) == len(keys):
            return name
    return ""


def _keyed(items: list[Any]) -> dict[str, Any]:
    key = _key_of(items)
    return {str(item[key]): {name: value for name, value in item.items() if name != key} for item in items}
