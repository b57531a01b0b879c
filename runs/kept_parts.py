"""The parts that an agent's process wants kept, as its supervisor takes them in: bounded and storable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runs.lifecycle import Tally
from runs.lifecycle.parts import LARGEST_PART, LONGEST_NAME, LONGEST_UNIT, MOST_BYTES, MOST_PARTS
from runs.storable import is_deep, json_size, storable_json, storable_text


@dataclass(slots=True)
class KeptParts:
    """What is kept of a run. ``fresh`` are the values that have come since the last writing, by name."""

    sizes: dict[str, int] = field(default_factory=dict)
    fresh: dict[str, Any] = field(default_factory=dict)
    tally: Tally | None = None
    _bytes: int = 0
    _is_full: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> KeptParts:
        """With what earlier attempts have finished, which counts."""
        sizes = {name: json_size(value) for name, value in kept.items()}
        return cls(sizes, _bytes=sum(sizes.values()))

    def hear(self, name: str, value: Any, done: int, total: int, unit: str) -> str:
        """Take in one part. The sentence that is worth a line of the log where it is not kept; else empty."""
        name = storable_text(name, LONGEST_NAME)
        if not name or value is None or is_deep(value):
            return "A finished part has no form in which it can be kept."
        try:
            value = storable_json(value)
        except ValueError as error:
            return f"A finished part can not be kept: {error}."
        size = json_size(value)
        if size > LARGEST_PART:
            return f"A finished part is larger than {LARGEST_PART // 1024} KB and not kept."
        if not self._has_room(name, size):
            was_full, self._is_full = self._is_full, True
            return "" if was_full else "No more parts are kept: there are too many, or they are too large together."
        self._bytes += size - self.sizes.get(name, 0)
        self.sizes[name] = size
        self.fresh[name] = value
        if 0 <= done <= total and 0 < total < 1_000_000_000:
            self.tally = Tally(done, total, storable_text(unit, LONGEST_UNIT) or "parts")
        return ""

    def _has_room(self, name: str, size: int) -> bool:
        count = len(self.sizes) + (name not in self.sizes)
        return count <= MOST_PARTS and self._bytes + size - self.sizes.get(name, 0) <= MOST_BYTES

    def forget_fresh(self) -> None:
        """The fresh ones have been written down."""
        self.fresh = {}
