"""Many runs at once, for operators: which ones, and one verb done to each.

Every run goes through its verb of ``lifecycle`` by itself, so that one refusal does not
keep the others from their turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import structlog
from django.db.models import QuerySet

from runs import lifecycle
from runs.access import Listed
from runs.errors import AgentSiteError, AlreadyRunning, SeatTaken, WrongStatus
from runs.filters import PAYLOAD_COLUMNS, RunFilter
from runs.models import AgentRun, Status, User
from runs.models.run import ACTIVE, FINAL
from runs.run_pages import end_of_search

logger = structlog.stdlib.get_logger(__name__)

Verb = Literal["cancel", "rerun"]
MOST_AT_ONCE: Final = 500
MOST_SHOWN: Final = 10
ELIGIBLE: Final[Mapping[Verb, tuple[Status, ...]]] = {"cancel": (Status.WAITING, *ACTIVE), "rerun": FINAL}
"""In which statuses a run must be for the verb to apply."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The newest ``MOST_AT_ONCE`` runs that somebody means. ``has_more``: there were more of them."""

    ids: list[UUID]
    has_more: bool = False

    @classmethod
    def ticked(cls, runs: QuerySet[AgentRun], ids: Iterable[UUID]) -> Selection:
        """Those of ``ids`` that are among ``runs``."""
        return cls._of(runs.filter(pk__in=list(ids)[: MOST_AT_ONCE + 1]))

    @classmethod
    def matching(cls, listed: Listed, filter: RunFilter, verb: Verb, at: datetime) -> Selection:
        """All that ``filter`` finds, that ``verb`` applies to, and that were there ``at`` that moment.

        A search goes as far as the first page of its list does.
        """
        filter = filter.model_copy(update={"cursor": ""})
        there = listed.runs.filter(created_at__lte=at)
        end = end_of_search(there, filter, at, listed.people) if filter.is_searched else None
        found = filter.narrow(there, at).filter(status__in=ELIGIBLE[verb])
        return cls._of(found if end is None else end.and_newer(found))

    @classmethod
    def _of(cls, runs: QuerySet[AgentRun]) -> Selection:
        ids = list(runs.order_by("-created_at", "-id").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        return cls(ids[:MOST_AT_ONCE], len(ids) > MOST_AT_ONCE)

    def __len__(self) -> int:
        return len(self.ids)

    def first(self) -> list[AgentRun]:
        """Some of them, to be looked at before anything is done."""
        runs = AgentRun.objects.filter(pk__in=self.ids[:MOST_SHOWN]).select_related("document", "user")
        return list(runs.defer(*PAYLOAD_COLUMNS).order_by("-created_at", "-id"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a selection: how many were done, and how often each sentence was the reason why not."""

    verb: Verb
    done_count: int
    refusals: list[tuple[str, int]]

    def as_json(self) -> dict[str, Any]:
        return {"verb": self.verb, "done_count": self.done_count, "refusals": self.refusals}


def carry_out(verb: Verb, selection: Selection, *, by: User, reason: str) -> Outcome:
    """Do ``verb`` to each run, the oldest first."""
    refusals: Counter[str] = Counter()
    done_count = 0
    served: set[UUID] = set()
    for run_id in reversed(selection.ids):
        run = AgentRun.objects.select_related("user").defer("output", "traceback").filter(pk=run_id).first()
        try:
            if run is None:
                refusals["It is no longer there."] += 1
                continue
            _do(verb, run, by, reason, is_first=run.user_id not in served)
            served.add(run.user_id)
            done_count += 1
        except AgentSiteError as refusal:
            refusals[_sentence(refusal)] += 1
    logger.info("selection_carried_out", verb=verb, done_count=done_count, count=len(selection), user_id=by.pk)
    return Outcome(verb, done_count, refusals.most_common())


def _do(verb: Verb, run: AgentRun, by: User, reason: str, *, is_first: bool) -> None:
    if verb == "cancel":
        lifecycle.cancel(run, by=by, reason=reason)
    else:
        # One run at a time: the first of each user's may take the waiting seat, and no other is put there.
        lifecycle.rerun(run, by=by, on_conflict="wait" if is_first else "reject", reason=reason)


def _sentence(refusal: AgentSiteError) -> str:
    """Why it was not done, of a run of somebody else's."""
    match refusal:
        case AlreadyRunning():
            return "Its user has an active run: one at a time."
        case SeatTaken():
            return "Another run of its user already waits for the slot."
        case WrongStatus():
            return f"It is {refusal.run.status}."
        case _:
            return refusal.sentence
