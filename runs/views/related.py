"""The runs around a run: of the same document before and after it, and those that asked for it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from runs import access
from runs.models import AgentRun, User

MOST: Final = 100
SHOWN: Final = ("id", "agent", "status", "created_at", "cancel_requested_at", "rerun_of_id", "document_id", "trigger")


class RelatedRuns:
    """Read by one query, the newest ``MOST`` of them."""

    def __init__(self, run: AgentRun, user: User) -> None:
        self.run = run
        asked = Q(rerun_of=run.pk)
        if run.document_id is not None:
            asked |= Q(document=run.document_id)
        others = access.visible_runs(user).filter(asked).exclude(pk=run.pk).only(*SHOWN)
        self._others: Sequence[AgentRun] = list(others.order_by("-created_at", "-pk")[:MOST])

    @property
    def reruns(self) -> list[AgentRun]:
        """The runs that a person asked for again by this one, newest first."""
        return [other for other in self._others if other.rerun_of_id == self.run.pk][:5]

    @property
    def same_document_count(self) -> int:
        return len(self._same)

    @property
    def is_bounded(self) -> bool:
        """Whether there may be more than were counted."""
        return len(self._others) == MOST

    @property
    def previous(self) -> AgentRun | None:
        """The run of the same document before this one."""
        return next((other for other in self._same if self._place(other) < self._place(self.run)), None)

    @property
    def next(self) -> AgentRun | None:
        """The run of the same document after this one."""
        later = [other for other in self._same if self._place(other) > self._place(self.run)]
        return later[-1] if later else None

    @property
    def _same(self) -> list[AgentRun]:
        document = self.run.document_id
        return [other for other in self._others if document is not None and other.document_id == document]

    @staticmethod
    def _place(run: AgentRun) -> tuple[object, ...]:
        return (run.created_at, run.pk)
