"""The log of a run, a few hundred lines at a time: its end, or a page by a line's id, or what a search finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from runs.models import AgentRun, EventKind, RunEvent
from runs.models.event import LINES
from runs.storable import storable_text

LOG_LINES: Final = 300
LONGEST_SEARCH: Final = 200
LEVELS: Final[Mapping[str, tuple[str, Q]]] = {
    "": ("Everything", Q()),
    "step": ("Steps", Q(kind=EventKind.STEPPED)),
    "warning": ("Warnings and errors", Q(data__level__in=["warning", "error"])),
    "error": ("Errors", Q(data__level="error")),
}


class LogPage:
    """What the log tab shows. ``end`` gives the latest events, from where whoever follows goes on.

    ``query`` may name a ``line`` to show with those around it, a line ``before`` or ``after`` which
    to show, a ``level``, and in ``log`` a text to look for.
    """

    def __init__(self, run: AgentRun, query: Mapping[str, str], end: Callable[[], list[RunEvent]]) -> None:
        self.run = run
        self.text = storable_text(query.get("log", "").strip(), LONGEST_SEARCH)
        self.level = level if (level := query.get("level", "")) in LEVELS else ""
        self.line, self.before, self.after = (_id(query, name) for name in ("line", "before", "after"))
        self._end = end

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.level)

    @property
    def is_end(self) -> bool:
        """Whether it is the end of the whole log, to which new lines are added."""
        return not (self.is_narrowed or self.line or self.before or self.after)

    @property
    def levels(self) -> list[tuple[str, str]]:
        return [(level, label) for level, (label, _) in LEVELS.items()]

    @property
    def lines(self) -> list[RunEvent]:
        return self._found[0]

    @property
    def earlier(self) -> str:
        """The query for the page of lines before these; empty where there is none."""
        return self._query(before=self.lines[0].pk) if self.lines and self._found[1] else ""

    @property
    def later(self) -> str:
        """The query for the page of lines after these; empty where there is none."""
        return self._query(after=self.lines[-1].pk) if self.lines and self._found[2] else ""

    @cached_property
    def _found(self) -> tuple[list[RunEvent], bool, bool]:
        """The lines, whether there are earlier ones, and whether there are later ones."""
        if self.is_end:
            events = self._end()
            return [event for event in events[-LOG_LINES:] if event.kind in LINES], len(events) > LOG_LINES, False
        if self.line:
            before = self._up_to(self.line, LOG_LINES // 2)
            after = self._from(self.line + 1, LOG_LINES // 2)
            lines = [*before[-(LOG_LINES // 2) :], *after[: LOG_LINES // 2]]
            return lines, len(before) > LOG_LINES // 2, len(after) > LOG_LINES // 2
        if self.after:
            after = self._from(self.after + 1, LOG_LINES)
            return after[:LOG_LINES], True, len(after) > LOG_LINES
        before = self._up_to(self.before - 1 if self.before else None, LOG_LINES)
        return before[-LOG_LINES:], len(before) > LOG_LINES, bool(self.before)

    def _up_to(self, line: int | None, count: int) -> list[RunEvent]:
        """``count`` lines up to ``line``, and one more where there is one, oldest first."""
        lines = self._lines() if line is None else self._lines().filter(pk__lte=line)
        return list(reversed(lines.order_by("-pk")[: count + 1]))

    def _from(self, line: int, count: int) -> list[RunEvent]:
        return list(self._lines().filter(pk__gte=line).order_by("pk")[: count + 1])

    def _lines(self) -> QuerySet[RunEvent]:
        lines = RunEvent.objects.filter(LEVELS[self.level][1], run=self.run, kind__in=LINES)
        if self.text:
            lines = lines.filter(message__icontains=self.text)
        return lines.annotate(level=KT("data__level")).defer("data")

    def _query(self, **where: int) -> str:
        narrowed = {"log": self.text, "level": self.level}
        return "?" + urlencode({"tab": "log", **{name: value for name, value in narrowed.items() if value}, **where})


def _id(query: Mapping[str, str], name: str) -> int:
    """The id of a line in the query; 0 for none."""
    given = query.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
