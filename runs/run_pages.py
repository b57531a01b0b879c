"""Reading lists of runs, a page at a time.

Pages are found by key, not by counting, so that the hundredth costs what the first
does; the columns that hold documents' worth of JSON are never loaded; what no index
can find is looked for in a bounded number of runs at a time.

The runs of several people are in no index in order, and among everybody's they may be
few. They are read person by person, each along an index, and put in order then: see
``of_each``. ``people`` says whose they are; None for one person's or everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, OuterRef, QuerySet, Subquery, TextField, Value

from runs.filters import PAYLOAD_COLUMNS, SHOWN_OF_ID, RunFilter, begins_with
from runs.models import AgentRun, User
from runs.models.expressions import IsAmong
from runs.positions import Position

SEARCHED_AT_ONCE: Final = 5_000
"""How many runs are looked through for a text before the reader is asked whether to go on."""
NEWEST_FIRST: Final = ("-created_at", "-id")
OLDEST_FIRST: Final = ("created_at", "id")

Runs = QuerySet[AgentRun]
People = QuerySet[User]


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of a list, newest first.

    ``next_cursor`` leads to what is older, ``previous_cursor`` to what is newer; each is empty
    where there is nothing. ``searched_to`` is set where a search has stopped before the
    oldest run: ``next_cursor`` then goes on from there, also from a page without runs.
    """

    runs: list[AgentRun]
    next_cursor: str
    previous_cursor: str = ""
    searched_to: datetime | None = None


def page_of(runs: Runs, filter: RunFilter, *, now: datetime, size: int = 25, people: People | None = None) -> RunPage:
    """The page of ``runs`` that ``filter`` names, newest first."""
    if filter.is_about_one:
        people = None
    position = filter.position
    if position is not None and position.leads_to_newer:
        page = _newer_page(runs, filter, position, now=now, size=size, people=people)
        if page is not None:
            return page
        # The newest page is shown whole, with what has come since, instead of a piece of it.
        filter = filter.model_copy(update={"cursor": ""})
    if filter.is_searched:
        return _searched_page(runs, filter, now=now, size=size, people=people)
    asked = _beyond(filter.narrow(_narrowed_from(runs, people), now), filter.position)
    found = _read(runs, asked, size, people)
    return RunPage(found[:size], _cursor(found[:size], -1) if found[size:] else "", _newer_than(found, filter))


def end_of_search(runs: Runs, filter: RunFilter, now: datetime, people: People | None = None) -> Position | None:
    """Where a search that goes on from the cursor stops; None where it reaches the oldest run.

    It is counted in runs, whatever else they are narrowed by, along the index that orders them. Of several
    people's, an equal share of each one's is looked through, as far back as the first of these shares goes.
    """
    if people is None or filter.is_about_one:
        placed = _beyond(filter.by_place(runs, now), filter.position).order_by(*NEWEST_FIRST)
        last = placed.values_list("created_at", "id")[SEARCHED_AT_ONCE - 1 : SEARCHED_AT_ONCE]
        return next((Position(*place) for place in last), None)
    placed = _beyond(filter.by_place(AgentRun.objects.filter(user=OuterRef("pk")), now), filter.position)
    ends = people.values_list(LastOfShare(placed.order_by(*NEWEST_FIRST).values("pk"), people))
    first = runs.filter(IsAmong(F("pk"), ArraySubquery(ends))).order_by(*NEWEST_FIRST)
    return next((Position(*place) for place in first.values_list("created_at", "id")[:1]), None)


class LastOfShare(Subquery):
    """Where one person's share of a search ends: so many are looked through, divided by the number of ``people``."""

    def __init__(self, rows: QuerySet[Any, Any], people: People) -> None:
        super().__init__(rows)
        self._people = people.order_by().values(one=Value(1)).query.sql_with_params()

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        """With an offset that the database works out. What stands in it is Django's own."""
        counted, given = self._people
        rows, params = super().as_sql(*args, **kwargs)
        share = f"greatest({SEARCHED_AT_ONCE} / greatest((SELECT count(*) FROM ({counted}) AS counted), 1), 1)"  # nosec B608  # noqa: S608
        return f"({rows[1:-1]} OFFSET {share} - 1 LIMIT 1)", (*params, *given)


def _searched_page(runs: Runs, filter: RunFilter, *, now: datetime, size: int, people: People | None) -> RunPage:
    end = end_of_search(runs, filter, now, people)
    narrowed = _beyond(filter.narrow(_narrowed_from(runs, people), now), filter.position)
    within = narrowed if end is None else end.and_newer(narrowed)
    if people is None:
        ids = within.order_by(*NEWEST_FIRST).values("pk")[: size + 1]
    else:
        ids = _theirs(people, within, NEWEST_FIRST, size + 1)
    if not filter.cursor and len(filter.text.replace("-", "")) >= SHOWN_OF_ID:
        # An id is found however old its run is: the primary key knows it.
        named = filter.model_copy(update={"text": ""}).narrow(runs, now).filter(begins_with(filter.text))
        ids = ids.union(named.values("pk")[: size + 1])
    # First which ones, once, then the rows: the planner expects one hit, and would else look anew for each row.
    found = list(_with_names(_among(runs, ids).order_by(*NEWEST_FIRST))[: size + 1])
    newer = _newer_than(found, filter)
    if found[size:]:
        return RunPage(found[:size], _cursor(found[:size], -1), newer)
    if end is None:
        return RunPage(found, "", newer)
    return RunPage(found, str(end), newer, searched_to=end.created_at)


def _newer_page(
    runs: Runs, filter: RunFilter, position: Position, *, now: datetime, size: int, people: People | None
) -> RunPage | None:
    """The page before ``position``; None where that is the first."""
    if filter.is_searched:
        return None
    newer = position.strictly_newer(filter.narrow(_narrowed_from(runs, people), now))
    found = _read(runs, newer, size, people, OLDEST_FIRST)
    shown = list(reversed(found[:size]))
    if len(found) <= size:
        return None
    return RunPage(shown, _cursor(shown, -1), _cursor(shown, 0, leads_to_newer=True))


def _narrowed_from(runs: Runs, people: People | None) -> Runs:
    """What is narrowed by a filter: of people's runs, those of one of them, whoever that is."""
    return runs if people is None else AgentRun.objects.all()


def _beyond(runs: Runs, position: Position | None) -> Runs:
    return runs if position is None else position.strictly_older(runs)


def _read(
    runs: Runs, asked: Runs, size: int, people: People | None, order: tuple[str, ...] = NEWEST_FIRST
) -> list[AgentRun]:
    """The first of ``asked`` and one more than a page holds, out of ``runs``."""
    if people is not None:
        asked = _among(runs, of_each(people, asked, order, size + 1))
    return list(_with_names(asked.order_by(*order))[: size + 1])


def of_each(people: People, asked: Runs, order: tuple[str, ...], count: int) -> QuerySet[Any, Any]:
    """The ids of the first ``count`` of what is ``asked`` of all ``people``, in no order, among some more.

    They are of those whose own first is among the first: of each of these, the first ``count``. However many
    people there are, that is a look into the index for each, and then ``count`` times ``count`` runs at most.
    """
    theirs = asked.filter(user=OuterRef("pk")).order_by(*order)
    place = Func("created_at", "id", function="ROW", output_field=TextField())
    first = F("first").desc(nulls_last=True) if order == NEWEST_FIRST else F("first").asc(nulls_last=True)
    leading = people.annotate(first=Subquery(theirs.values(place=place)[:1])).order_by(first).values("pk")[:count]
    return _theirs(User.objects.filter(pk__in=leading), asked, order, count)


def _theirs(people: People, asked: Runs, order: tuple[str, ...], count: int) -> QuerySet[Any, Any]:
    """The ids of the first ``count`` of what is ``asked`` of each of ``people``."""
    theirs = asked.filter(user=OuterRef("pk")).order_by(*order).values("pk")[:count]
    return people.annotate(run=Func(ArraySubquery(theirs), function="unnest")).values("run")


def _among(runs: Runs, ids: QuerySet[Any, Any]) -> Runs:
    return runs.filter(IsAmong(F("pk"), ArraySubquery(ids)))


def _with_names(runs: Runs) -> Runs:
    return runs.select_related("document", "user").defer(*PAYLOAD_COLUMNS)


def _newer_than(found: list[AgentRun], filter: RunFilter) -> str:
    """Where newer runs are. A search is only followed back to its beginning."""
    return _cursor(found, 0, leads_to_newer=True) if found and filter.cursor and not filter.is_searched else ""


def _cursor(runs: list[AgentRun], index: int, *, leads_to_newer: bool = False) -> str:
    return str(Position(runs[index].created_at, runs[index].pk, leads_to_newer))
