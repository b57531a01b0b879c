"""What the page of the list shows: runs, tabs, cursors, and what can be done about a list that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.db.models import Case, When
from django.utils import timezone

from runs import access, filters, queue, run_pages
from runs.errors import InvalidInput, TookTooLong
from runs.filters import PAYLOAD_COLUMNS, RunFilter
from runs.forms import complaint
from runs.live.parts import Shows
from runs.models import AgentRun, SavedView, Trigger, User
from runs.patience import limited_reads
from runs.run_pages import RunPage, page_of
from runs.tallies import Tally, tallies

MOST_PINNED: Final = 10
STATUS_TABS: Final = {
    "": "All",
    "active": "Active",
    "waiting": "Waiting",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
PERIOD_LABELS: Final = {
    "": "Any time",
    "hour": "Last hour",
    "day": "Last day",
    "week": "Last week",
    "month": "Last 30 days",
}
RARELY_USED: Final = ("since", "until", "user", "document", "schedule", "trigger")
"""Filters that are folded away while none of them is in use."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A status to narrow the list to. ``tally`` is None where nothing is counted."""

    label: str
    query: str
    is_current: bool
    tally: Tally | None


@dataclass
class Listing:
    """The list of runs as ``user`` asked for it with ``parameters``, read when it is made.

    What is wrong with the parameters is in ``faults``; the others still hold. ``refusal`` is
    there when the runs could not be found in time.
    """

    user: User
    parameters: Mapping[str, str]
    is_in_team: bool
    filter: RunFilter = field(init=False)
    faults: list[tuple[str, str]] = field(init=False, default_factory=list)
    refusal: TookTooLong | None = field(init=False, default=None)
    page: RunPage = field(init=False, default_factory=lambda: RunPage([], ""))
    pinned: list[AgentRun] = field(init=False, default_factory=list)
    counted: dict[str, Tally] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.now = timezone.now()
        try:
            self.filter = RunFilter.parse(self.parameters)
        except InvalidInput as refusal:
            self._keep_what_is_right(refusal)
            return
        try:
            with limited_reads():
                self._read()
        except TookTooLong as refusal:
            self.refusal = refusal

    def _keep_what_is_right(self, refusal: InvalidInput) -> None:
        faulty = {str(error["loc"][0]) if error["loc"] else "" for error in refusal.errors}
        self.faults = [
            (str(error["loc"][0]) if error["loc"] else "dates", complaint(error)) for error in refusal.errors
        ]
        faulty |= {"since", "until"} if "" in faulty else set()
        self.filter = RunFilter.parse({name: text for name, text in self.parameters.items() if name not in faulty})

    def _read(self) -> None:
        listed = access.listed_runs(self.user, self.filter.whose, self.filter.user)
        listening = queue.with_listening(listed.runs)
        self.page = page_of(listening, self.filter, now=self.now, people=listed.people)
        self.counted = tallies(listed.runs, self.filter, [status for status in STATUS_TABS if status], self.now)
        if self.is_plain:
            self.pinned = self._active()

    @property
    def is_plain(self) -> bool:
        """Whether these are the newest runs of all."""
        return not self.filter.is_narrowed and not self.filter.cursor

    def _active(self) -> list[AgentRun]:
        """Active runs, the reader's own first. Mostly they are on the page anyway, and nothing need be asked."""
        here = [run for run in self.page.runs if run.is_active]
        if self.counted["active"].count == len(here) <= MOST_PINNED:
            return sorted(here, key=lambda run: run.user_id != self.user.pk)
        active = access.listed_runs(self.user).runs.active().select_related("document", "user").defer(*PAYLOAD_COLUMNS)
        is_others = Case(When(user=self.user, then=0), default=1)
        return list(queue.with_listening(active).order_by(is_others, "-created_at", "-id")[:MOST_PINNED])

    @property
    def status_code(self) -> int:
        return 400 if self.faults else self.refusal.status if self.refusal else 200

    @property
    def own_active(self) -> list[AgentRun] | None:
        """The reader's active runs, oldest first, where they have been read for the list; else None."""
        own = [run for run in reversed(self.pinned) if run.user_id == self.user.pk]
        return own if self.is_plain and not (self.refusal or self.faults) else None

    @property
    def runs(self) -> list[AgentRun]:
        """Active runs on top, the others as they come."""
        above = {run.pk for run in self.pinned}
        return [*self.pinned, *(run for run in self.page.runs if run.pk not in above)]

    @property
    def sent(self) -> Mapping[str, Any]:
        """What the form's controls hold: also what was wrong."""
        return {**self.filter.model_dump(mode="json"), **self.parameters}

    @property
    def tabs(self) -> list[Tab]:
        return [
            Tab(label, self._query(status=status), status == self.filter.status, self.counted.get(status))
            for status, label in STATUS_TABS.items()
        ]

    @property
    def older(self) -> str:
        return self._query(cursor=self.page.next_cursor) if self.page.next_cursor else ""

    @property
    def newer(self) -> str:
        return self._query(cursor=self.page.previous_cursor) if self.page.previous_cursor else ""

    @property
    def newest(self) -> str:
        return self._query() if self.filter.cursor else ""

    @property
    def narrower(self) -> list[tuple[str, str]]:
        """Periods to try instead, with their labels: shorter ones than was asked for."""
        asked = filters.PERIODS.get(self.filter.period)
        shorter = [name for name, span in filters.PERIODS.items() if asked is None or span < asked]
        return [(PERIOD_LABELS[name], self._query(period=name)) for name in shorter]

    def _query(self, **changes: str) -> str:
        """The address of the list with ``changes``; the page is forgotten unless it is one of them."""
        return "?" + self.filter.query(**{"cursor": "", **changes})

    @property
    def searched_at_once(self) -> Tally:
        return Tally(run_pages.SEARCHED_AT_ONCE)

    @property
    def periods(self) -> list[tuple[str, str]]:
        return list(PERIOD_LABELS.items())

    @property
    def triggers(self) -> list[tuple[str, str]]:
        return [("", "Anybody or anything"), *((value, str(label)) for value, label in Trigger.choices)]

    @property
    def choices_of_whose(self) -> list[tuple[str, str]]:
        """Whose runs there are to choose from; nothing where there are only one's own."""
        team = [("team", "My team’s")] if self.is_in_team else []
        if self.user.is_operator:
            return [("", "Everybody’s"), ("mine", "Mine"), *team]
        return [("", "Mine"), *team] if team else []

    @property
    def heading(self) -> str:
        if self.filter.user:
            return f"Runs of {self.filter.user}"
        if self.filter.whose == "team":
            return "Your team’s runs"
        return "All runs" if self.user.is_operator and self.filter.whose != "mine" else "Your runs"

    @property
    def shows(self) -> Shows:
        """What its stream carries: news of everything that may be in it."""
        is_of_others = self.filter.whose == "team" or (self.filter.user and self.filter.whose == "")
        return "team" if is_of_others and not (self.user.is_operator and self.filter.whose == "") else "runs"

    @property
    def shows_users(self) -> bool:
        """Whether each run says whose it is."""
        return is_of_several(self.user, self.filter)

    @property
    def is_unfolded(self) -> bool:
        return any(self.sent.get(name) for name in RARELY_USED)

    @property
    def query(self) -> str:
        """The filter without its page, to save it or to act on all it finds."""
        return self.filter.query(cursor="")

    @cached_property
    def saved_views(self) -> list[SavedView]:
        return list(self.user.saved_views.all())

    @property
    def saved_view(self) -> SavedView | None:
        """The saved view that is open."""
        return next((view for view in self.saved_views if view.query == self.query), None)


def is_of_several(user: User, filter: RunFilter) -> bool:
    """Whether a list may hold other people's runs, so that each says whose it is."""
    return filter.whose == "team" or bool(filter.user) or (user.is_operator and filter.whose != "mine")
