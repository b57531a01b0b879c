"""How many runs there are of each status, counted no further than anybody reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import QuerySet, Value

from runs.filters import RunFilter
from runs.models import AgentRun

MOST_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of runs: exact up to ``MOST_COUNTED``, else at least that."""

    count: int

    def __str__(self) -> str:
        number = f"{min(self.count, MOST_COUNTED):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        return f"{number}+" if self.count > MOST_COUNTED else number


def tallies(runs: QuerySet[AgentRun], filter: RunFilter, statuses: Iterable[str], now: datetime) -> dict[str, Tally]:
    """What ``filter`` would find in each of ``statuses``, whichever it has itself; in one query.

    Nothing for a search, which would have to look at every run.
    """
    if filter.is_searched:
        return {}
    asked = list(statuses)
    narrowed = [filter.model_copy(update={"status": status}).narrow(runs, now) for status in asked]
    counted = [rows.order_by().values(one=Value(1))[: MOST_COUNTED + 1].query.sql_with_params() for rows in narrowed]
    # Each stops at its limit, along an index. The inner statements are Django's own.
    question = ", ".join(f"(SELECT count(*) FROM ({sql}) AS counted)" for sql, _ in counted)  # nosec B608  # noqa: S608  # Django's own.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {question}", [value for _, values in counted for value in values])
        row = cursor.fetchone()
    assert row is not None
    return {status: Tally(count) for status, count in zip(asked, row, strict=True)}
