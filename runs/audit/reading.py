"""Reading the audit: what a list is narrowed to, page by page, and all of it for an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from typing import Final

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from runs.models import AuditEntry, User
from runs.positions import Dated

PAGE_SIZE: Final = 50
EXPORTED_AT_ONCE: Final = 1_000
LONGEST_TEXT: Final = 200
TYPES: Final = (
    "", "agent", "check", "document", "group", "policy", "run", "schedule", "token", "user", "webhook",
)  # fmt: skip
"""What a subject may be that is named by its id alone: with them the index finds it."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; empty means any. ``faults`` says what could not be understood, by its name."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, sent: Mapping[str, str]) -> AuditFilter:
        """What a URL says. Names it does not know are left alone."""
        words = {name: sent.get(name, "").strip() for name in ("actor", "action", "subject", "text")}
        faults = {
            name: "Text of at most 200 characters, please."
            for name, word in words.items()
            if "\x00" in word or len(word) > LONGEST_TEXT
        }
        days: dict[str, date | None] = {}
        for name in ("since", "until"):
            try:
                days[name] = date.fromisoformat(sent[name]) if sent.get(name) else None
            except ValueError:
                faults[name] = "A day is written as 2026-03-31."
        since, until = days.get("since"), days.get("until")
        return cls(words["actor"], words["action"], words["subject"], words["text"], since, until, faults)

    @property
    def query(self) -> dict[str, str]:
        """As it stands in a URL."""
        named = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "faults"}
        return {name: str(value) for name, value in named.items() if value}

    def entries(self) -> QuerySet[AuditEntry]:
        """The entries, newest first."""
        found = AuditEntry.objects.order_by("-at", "-id")
        if self.actor:
            # One who has another name by now did it all the same.
            pk = User.objects.filter(username=self.actor).values_list("pk", flat=True).first()
            found = found.filter(actor=pk) if pk else found.filter(actor_name=self.actor)
        if self.action:
            found = found.filter(Q(action=self.action) | Q(action__startswith=f"{self.action.rstrip('.')}."))
        if self.subject:
            kind, separator, name = self.subject.partition(":")
            types = [kind] if separator else TYPES
            found = found.filter(subject_type__in=types, subject_id=name if separator else self.subject)
        if self.since:
            found = found.filter(at__gte=_midnight(self.since))
        if self.until:
            found = found.filter(at__lte=datetime.combine(self.until, time.max, UTC))
        if self.text:
            said = found.annotate(said=Cast("details", TextField()))
            everywhere = Q(said__icontains=self.text) | Q(actor_name__icontains=self.text)
            found = said.filter(everywhere | Q(request_id=self.text) | Q(address=self.text) | Q(action=self.text))
        return found

    def page(self, cursor: str = "") -> tuple[list[AuditEntry], str]:
        """A page of them from ``cursor`` on, and the cursor of the next; empty where there is none."""
        found = list(_behind(self.entries(), cursor)[: PAGE_SIZE + 1])
        shown = found[:PAGE_SIZE]
        return shown, cursor_at(shown[-1]) if len(found) > PAGE_SIZE else ""

    def all(self) -> Iterator[AuditEntry]:
        """All of them, of which few are held at a time."""
        cursor = ""
        while some := list(_behind(self.entries(), cursor)[:EXPORTED_AT_ONCE]):
            yield from some
            cursor = cursor_at(some[-1])


def cursor_at(entry: AuditEntry) -> str:
    return str(Dated(entry.at, entry.pk))


def _behind(entries: QuerySet[AuditEntry], cursor: str) -> QuerySet[AuditEntry]:
    """What comes after the place; everything for a cursor that no list has given."""
    try:
        last = Dated.parse(cursor)
    except ValueError:
        return entries
    return entries.filter(Q(at__lt=last.at) | Q(pk__lt=last.id), at__lte=last.at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
