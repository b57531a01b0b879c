"""Whether the chain holds, entry by entry, and what was done to it where it first does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runs.audit.sealing import BEGINNING, hash_of
from runs.models import AuditEntry

READ_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """One entry's place in the chain, and its hash: what is noted elsewhere."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """``text`` as printed. Raises ``ValueError``."""
        sequence, _, digest = text.strip().partition(":")
        if not sequence.isdecimal() or len(digest) != len(BEGINNING):
            raise ValueError("A head is written as it was printed: the place, a colon, 64 hexadecimal digits.")
        return cls(int(sequence), digest.lower())


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain holds. ``fault`` says what is wrong with the first entry it does not hold at."""

    count: int
    head: Head
    fault: str = ""
    broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        return not self.fault


def verify(first: int = 1, last: int | None = None, noted: Head | None = None) -> Verdict:
    """Walk the chain from ``first`` to ``last``, to its end without one, and hold it against a ``noted`` head.

    What lies before ``first`` is taken for good. Reads a bounded number of entries at a time.
    """
    before = _at(first - 1) if first > 1 else None
    if first > 1 and before is None:
        return Verdict(0, Head(0, BEGINNING), f"Entry {first - 1} is not there: deleted.", first - 1)
    walk = _Walk(Head(first - 1, before.hash if before else BEGINNING))
    for entry in _entries(first, last):
        if fault := walk.fault_of(entry):
            return Verdict(walk.count, walk.head, fault, walk.broken_at)
        walk.go_on(entry)
    if noted is not None and (fault := _fault_against(noted)):
        return Verdict(walk.count, walk.head, fault, noted.sequence)
    return Verdict(walk.count, walk.head)


class _Walk:
    """How far the chain has been followed."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.count = 0
        self.broken_at: int | None = None
        self._hash_before_last = ""

    def go_on(self, entry: AuditEntry) -> None:
        assert entry.sequence is not None
        self._hash_before_last = self.head.hash
        self.head = Head(entry.sequence, entry.hash)
        self.count += 1

    def fault_of(self, entry: AuditEntry) -> str:
        """What is wrong with the next entry; empty where nothing is."""
        assert entry.sequence is not None
        place = self.head.sequence + 1
        self.broken_at = place
        if entry.sequence != place:
            last = entry.sequence - 1
            return f"{f'Entry {place} is' if last == place else f'Entries {place} to {last} are'} not there: deleted."
        if hash_of(entry) != entry.hash:
            return f"Entry {place} ({entry.action}, id {entry.pk}) is not what was sealed: changed."
        if entry.previous == self.head.hash:
            return ""
        if self.count and entry.previous == self._hash_before_last:
            self.broken_at = place - 1
            return f"Entry {place - 1} was not there when entry {place} was sealed: inserted."
        if AuditEntry.objects.filter(hash=entry.previous).exists():
            return f"Entry {place} (id {entry.pk}) was sealed after another one than now stands before it: reordered."
        return f"What was sealed before entry {place} (id {entry.pk}) is gone: deleted, or replaced by another."


def _fault_against(noted: Head) -> str:
    found = _at(noted.sequence)
    if found is None:
        return f"Entry {noted.sequence}, whose hash was noted, is not there: the end of the chain was deleted."
    if found.hash != noted.hash:
        return f"Entry {noted.sequence} has another hash than was noted: the chain was written anew."
    return ""


def _at(sequence: int) -> AuditEntry | None:
    return AuditEntry.objects.filter(sequence=sequence).first()


def _entries(first: int, last: int | None) -> Iterator[AuditEntry]:
    sealed = AuditEntry.objects.filter(sequence__isnull=False).order_by("sequence")
    if last is not None:
        sealed = sealed.filter(sequence__lte=last)
    while some := list(sealed.filter(sequence__gte=first)[:READ_AT_ONCE]):
        yield from some
        assert some[-1].sequence is not None
        first = some[-1].sequence + 1
