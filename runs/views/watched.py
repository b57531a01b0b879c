"""What the pages say about a run beyond its columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.db.models.fields.json import KT
from django.utils import timezone

from runs import access, waivers
from runs.filters import PAYLOAD_COLUMNS
from runs.lifecycle.triggers import REPLACED
from runs.limits import is_permitted
from runs.models import AgentRun, ErrorCode, EventKind, RunEvent, Status, User
from runs.models.event import LINES
from runs.shapes import NO_SHAPE, in_declared_order, shape_of
from runs.views.logs import LOG_LINES, LogPage
from runs.views.pace import Pace, pace_of
from runs.views.panels import LABELS, Panel, default_tab, panels_of
from runs.views.payloads import Payload
from runs.views.related import RelatedRuns
from runs.views.shown import Shown, show
from runs.views.timelines import Entry, timeline_of
from runs.views.waits import Wait, wait_of
from runs.waivers import Standing

NO_QUERY: Final[Mapping[str, str]] = MappingProxyType({})
STOP_MARGIN: Final = timedelta(seconds=3)
"""From the kill that ends the grace period to the run's being over, with room for a busy machine."""
FAILED_AT_WORK: Final = (
    ErrorCode.AGENT_ERROR,
    ErrorCode.INVALID_INPUT,
    ErrorCode.TIMED_OUT,
    ErrorCode.OUT_OF_MEMORY,
    ErrorCode.WORKER_LOST,
)

HINTS: Final = {
    ErrorCode.AGENT_ERROR: "The fault is on our side, not in what you sent. Running it again may help.",
    ErrorCode.INVALID_INPUT: "Trying again will not help as it is: change the document or the input first.",
    ErrorCode.TIMED_OUT: "It took longer than a run of this agent may. A smaller document may do; "
    "an operator can raise the limit.",
    ErrorCode.EXPIRED: "No worker was free for too long. Run it again when workers are listening.",
    ErrorCode.WORKER_LOST: "The fault is on our side, not in what you sent. Running it again may help.",
    ErrorCode.RESULT_UNSTORABLE: "The agent answered, but its answer could not be kept. An operator should look.",
    ErrorCode.OUT_OF_MEMORY: "It needed more memory than a run of this agent may use. A smaller document may do; "
    "an operator can raise the limit.",
}


def parse_cursor(after: str) -> int:
    """The id of an event, as an address has it; 0 for what is none."""
    return int(after) if after.isdecimal() and len(after) < 19 else 0


class WatchedRun(Payload):
    """A run under the eyes of ``user``, who has seen it up to the event ``after`` and in the standing ``seen``."""

    def __init__(
        self, run: AgentRun, user: User, *, after: int = 0, seen: str = "", query: Mapping[str, str] = NO_QUERY
    ) -> None:
        super().__init__(run, query)
        self.user = user
        self.after = after
        self.seen = seen
        self.chosen_tab = tab if (tab := query.get("tab", "")) in LABELS else ""
        self.now = timezone.now()

    # --- Where it stands

    @property
    def is_own(self) -> bool:
        return self.run.user_id == self.user.pk

    @property
    def standing(self) -> str:
        """Everything on which the choices of the page depend, in one word."""
        return "-".join([self.state, *(["force"] if self.may_force_stop else [])])

    @property
    def state(self) -> str:
        """The status, or ``stopping``."""
        return "stopping" if self.run.is_stopping else self.run.status

    @property
    def has_changed(self) -> bool:
        return self.standing != self.seen

    @cached_property
    def wait(self) -> Wait:
        """What a pending run waits for."""
        return wait_of(self.run, self.now)

    @cached_property
    def pace(self) -> Pace | None:
        """How long it has been running, against the usual."""
        return pace_of(self.run)

    @property
    def failed_step(self) -> str:
        """What the agent was doing when it failed, where that tells something."""
        return self.run.step if self.run.error_code in FAILED_AT_WORK else ""

    @cached_property
    def replaced_by(self) -> str:
        """The id of the run that this one was cancelled for; empty for any other end."""
        if self.run.cancel_reason != REPLACED:
            return ""
        ids = RunEvent.objects.filter(run=self.run, data__has_key="replaced_by").values_list(KT("data__replaced_by"))
        return next((run_id for (run_id,) in ids[:1]), "")

    @cached_property
    def blocking_run(self) -> AgentRun | None:
        """The active run a waiting one waits for."""
        active = AgentRun.objects.active().filter(user=self.run.user_id).defer(*PAYLOAD_COLUMNS)
        return active.order_by("cancel_requested_at", "created_at").first()

    @property
    def last_sign_of_life(self) -> datetime | None:
        """When the attempt last renewed its lease."""
        lease = self.run.lease_expires_at
        return lease - timedelta(seconds=settings.LEASE_SECONDS) if lease else None

    @property
    def hint(self) -> str:
        """What whoever asked can do about a failure."""
        return HINTS.get(ErrorCode(self.run.error_code), "") if self.run.error_code else ""

    @cached_property
    def may_waive(self) -> bool:
        """Whether the reader may pass what a check has failed."""
        return access.may_waive(self.user, self.run)

    @cached_property
    def waiving(self) -> Standing | None:
        """How a check stands with its waivers; None for anything else."""
        if "findings" not in (self.run.output or ()):
            return None
        return waivers.standing(self.run, access.whose_waivers(self.run) if self.may_waive else None)

    @cached_property
    def related(self) -> RelatedRuns:
        return RelatedRuns(self.run, self.user)

    # --- How it is laid out

    @cached_property
    def panels(self) -> list[Panel]:
        return panels_of(self.run, self.tab)

    @property
    def stale_panels(self) -> list[Panel]:
        """Of those that updates do not reach, the ones that say something else once the run has ended."""
        is_stale = self.run.is_final and not self.run.is_hidden
        return [Panel(name, False, False) for name in ("evidence", "json")] if is_stale else []

    @property
    def tab(self) -> str:
        """The tab that is shown: the reader's choice, else what most come for."""
        return self.chosen_tab or default_tab(self.run)

    # --- What may be done with it

    @property
    def may_change(self) -> bool:
        """Whether anything may: a team mate looks on."""
        return self.is_own or self.user.is_operator

    @property
    def may_cancel(self) -> bool:
        return self.may_change and not self.run.is_final and not self.run.is_stopping

    @property
    def may_force_stop(self) -> bool:
        """Operators at any time while it runs; owners once a worker that lives would have stopped it."""
        if self.run.status != Status.RUNNING or not self.may_change:
            return False
        asked = self.run.cancel_requested_at
        grace = timedelta(seconds=settings.STOP_GRACE_SECONDS) + STOP_MARGIN
        return self.user.is_operator or (asked is not None and asked + grace <= self.now)

    @cached_property
    def may_run_again(self) -> bool:
        """Whether the user it is for may run its agent still."""
        return is_permitted(self.run.user, self.run.agent)

    @property
    def may_continue(self) -> bool:
        """Whether there may be a rest to be asked for; whether all still fits is seen when somebody does."""
        return self.run.is_partial and self.agent is not None and self.agent.version == self.run.agent_version

    @property
    def may_adopt(self) -> bool:
        """Whether there is a late result that nobody has taken over yet."""
        return self.late_result is not None and self.adopted_as is None

    # --- Who has looked into it

    @property
    def opened_until(self) -> datetime | None:
        """Until when somebody else's run is open to this operator; None where it is not, or need not be."""
        until: datetime | None = self.run.__dict__.get("opened_until")
        return None if self.is_own else until

    @property
    def opened_last(self) -> Mapping[str, Any] | None:
        """The last time an operator has looked into the run: ``operator``, ``reason`` and ``at``."""
        last: dict[str, Any] | None = self.run.__dict__.get("opened_last")
        return last and {**last, "at": datetime.fromisoformat(last["at"])}

    # --- Its history

    @cached_property
    def _news(self) -> list[RunEvent]:
        """The latest events the reader has not seen, oldest first, and one more where there were too many."""
        events = RunEvent.objects.filter(run=self.run, pk__gt=self.after).annotate(level=KT("data__level"))
        # ``data`` can hold a whole late result.
        return list(reversed(events.defer("data").order_by("-pk")[: LOG_LINES + 1]))

    @property
    def skips_lines(self) -> bool:
        """Whether there were more events than the page shows at once."""
        return len(self._news) > LOG_LINES

    @property
    def log_lines(self) -> list[RunEvent]:
        return [event for event in self._news[-LOG_LINES:] if event.kind in LINES and not self.run.is_hidden]

    @property
    def cursor(self) -> int:
        return self._news[-1].pk if self._news else self.after

    @property
    def has_timeline_news(self) -> bool:
        return self.skips_lines or any(event.kind not in LINES for event in self._news)

    @cached_property
    def log(self) -> LogPage:
        return LogPage(self.run, self.query, lambda: self._news)

    @cached_property
    def timeline(self) -> list[Entry]:
        """What happened to the run, without what the agent said."""
        return timeline_of(self.run, for_operator=self.user.is_operator)

    @cached_property
    def late_result(self) -> RunEvent | None:
        """A result that came after the run had been taken away from its worker."""
        if not self.run.is_final or self.run.status == Status.COMPLETED:
            return None
        return RunEvent.objects.filter(run=self.run, kind=EventKind.LATE_RESULT).last()

    @cached_property
    def adopted_as(self) -> AgentRun | None:
        """The run that has taken the late result over."""
        return AgentRun.objects.filter(adopted_from=self.run).only("pk").first()

    @property
    def shown_late_output(self) -> Shown:
        shape = shape_of(self.agent.Output) if self.agent else NO_SHAPE
        output = self.late_result.data["output"] if self.late_result else None
        return show(in_declared_order(output, shape), shape)
