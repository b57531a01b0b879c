"""The supervisor's side of an attempt: a worker watching the agent's process.

Of the two processes only this one touches the database: it renews the lease, writes
what the agent reports, looks for requests to stop and holds the deadline. So a cancel,
a crash or a hostile document never takes more than the one process with it.
"""

from __future__ import annotations

import contextlib
import multiprocessing.connection
import signal
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from runs import agents, lifecycle, processes
from runs.agents.child import Order
from runs.agents.packing import received
from runs.errors import LeaseLost, UserLocked
from runs.kept_parts import KeptParts
from runs.lifecycle import Attempt
from runs.models import AgentRun, ErrorCode
from runs.relay import Relay, Spending, limits_asked
from runs.reports import AgentReport, ReportReader

logger = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 0.25
"""How often reports are written down and requests to stop are looked for."""
DATABASE_PATIENCE_SECONDS = 300.0
"""How long an ending is kept in hand while the database is away."""
DATABASE_ERRORS = (OperationalError, InterfaceError, UserLocked)

BREAKS_OF_PARSERS = frozenset(
    -number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP)
)
"""Exit codes of a process that C code has ended: by a fault, or because it was given no more memory."""

T = TypeVar("T")


class Notice:
    """That the worker is asked to leave: what it has begun it may finish within ``DRAIN_SECONDS``."""

    def __init__(self) -> None:
        self._leave_at: float | None = None

    def give(self) -> None:
        """Give it; the first time counts, for a stopping cluster does so again and again."""
        if self._leave_at is None:
            self._leave_at = time.monotonic() + settings.DRAIN_SECONDS

    @property
    def is_given(self) -> bool:
        return self._leave_at is not None

    @property
    def has_run_out(self) -> bool:
        """Whether the run has to be handed back now."""
        return self._leave_at is not None and time.monotonic() >= self._leave_at


class Supervision:
    """The supervisor's side of one attempt."""

    def __init__(self, attempt: Attempt, order: Order, notice: Notice) -> None:
        self.attempt = attempt
        self.report = AgentReport(parts=KeptParts.of(order.kept))
        self.deadline = time.monotonic() + attempt.run_limit.total_seconds()
        self._beaten_at = time.monotonic()
        self._looked_at = 0.0
        self._notice = notice
        self.process = processes.begin(order)
        self._reader = ReportReader(self.process.pipe, self.report)
        self._relay = _relay(attempt, order, self.process)

    def carry_out(self) -> None:
        """Watch the agent's process until there is an ending, and write it. Raises ``LeaseLost``."""
        try:
            write_ending = self._watch()
        except LeaseLost:
            # What it has answered meanwhile is offered all the same, and kept aside.
            self._reader.read()
            if self.report.ending is None:
                raise
            write_ending = self._write_agents_ending
        finally:
            if self._relay is not None:
                self._relay.close()
            self.process.end()
        insist(self._write_spending)
        # An attempt that has lost its run still offers its result: the verb keeps it aside.
        with contextlib.suppress(LeaseLost):
            insist(self._write_report)
        insist(write_ending)

    def _watch(self) -> Callable[[], object]:
        """Wait for the first reason to end; how to write that ending."""
        while True:
            multiprocessing.connection.wait([self.process.pipe, self.process.sentinel], LOOK_SECONDS)
            # Asked before reading: what a process wrote before it ended is then read below.
            is_over = not self.process.is_alive
            self._reader.read(to_the_end=is_over)
            self._hand_on_questions()
            if self.report.ending is not None or self.report.fault:
                return self._hand_back if self._was_cut_short() else self._write_agents_ending
            if is_over:
                return self._hand_back if self._was_cut_short() else self._write_crash
            reason_to_stop = self._reason_to_stop()
            if reason_to_stop is not None:
                self._ask_process_to_stop()
                return reason_to_stop

    def _was_cut_short(self) -> bool:
        """Whether the agent may have failed because whoever stops the worker has signalled all processes at once."""
        ending = self.report.ending
        return self._notice.is_given and not (ending is not None and ending["kind"] == "answer")

    def _reason_to_stop(self) -> Callable[[], object] | None:
        if time.monotonic() > self.deadline:
            return self._write_timeout
        if self._notice.has_run_out:
            return self._hand_back
        if self._look_around():
            return lambda: lifecycle.stopped(self.attempt)
        return None

    def _look_around(self) -> bool:
        """Write what was reported, renew the lease, and see whether the run is to stop."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        with _database_may_be_away():
            self._beat_if_due()
            self._write_report()
            self._write_spending()
            return lifecycle.is_cancel_requested(self.attempt)
        return False

    def _beat_if_due(self) -> None:
        if time.monotonic() - self._beaten_at >= settings.HEARTBEAT_SECONDS:
            lifecycle.heartbeat(self.attempt)
            self._beaten_at = time.monotonic()

    def _write_report(self) -> None:
        news = self.report.news
        if news:
            lifecycle.progress(self.attempt, percent=news.percent, lines=news.lines)
            self.report.forget_news()
        if self.report.parts.fresh:
            lifecycle.keep(self.attempt, self.report.parts.fresh, self.report.parts.tally)
            self.report.parts.forget_fresh()

    def _hand_on_questions(self) -> None:
        """Have the language model asked; nothing here waits for it."""
        for question in self.report.take_questions():
            if self._relay is not None:
                self._relay.take(question)

    def _write_spending(self) -> None:
        if self._relay is None:
            return
        usage = self._relay.spending.news()
        if usage is not None:
            lifecycle.spend(self.attempt, usage)
            self._relay.spending.forget_news()

    # --- How it ended

    def _hand_back(self) -> None:
        lifecycle.hand_back(self.attempt, "The worker was asked to stop.")

    def _write_agents_ending(self) -> None:
        ending = self.report.ending
        if ending is None:
            lifecycle.fail(self.attempt, ErrorCode.RESULT_UNSTORABLE, self.report.fault)
        elif ending["kind"] == "failure":
            lifecycle.fail(
                self.attempt,
                ErrorCode(ending["code"]),
                ending["error"],
                traceback=ending["traceback"],
                is_retryable=ending["is_retryable"],
                after_seconds=_seconds(ending.get("after_seconds")),
            )
        else:
            self._write_answer(ending["result"], ending["output"], ending["summary"], received(ending.get("facts")))

    def _write_answer(self, result: str, output: object, summary: str, facts: bytes) -> None:
        try:
            agents.get(self.attempt.agent).Output.model_validate(output)
            lifecycle.complete(self.attempt, result, output, summary, facts=facts)
        except ValueError as error:
            sentence = "The agent's result does not have the shape the agent declares."
            lifecycle.fail(self.attempt, ErrorCode.RESULT_UNSTORABLE, sentence, traceback=str(error))

    def _write_timeout(self) -> None:
        seconds = self.attempt.run_limit.total_seconds()
        lifecycle.fail(self.attempt, ErrorCode.TIMED_OUT, "Agent run timed out", limit_seconds=seconds)

    def _write_crash(self) -> None:
        exit_code = self.process.exit_code
        if exit_code == -signal.SIGXCPU:
            self._write_timeout()
            return
        code, sentence = crash_ending(exit_code, is_reading=self.report.is_reading)
        lifecycle.fail(self.attempt, code, sentence, exit_code=exit_code, pid=self.process.pid)

    # --- The process

    def _ask_process_to_stop(self) -> None:
        """SIGTERM, and time to tidy up; SIGKILL follows when the process is ended."""
        if self._relay is not None:
            self._relay.close()
        self.process.signal(signal.SIGTERM)
        patience = time.monotonic() + settings.STOP_GRACE_SECONDS
        while self.process.is_alive and time.monotonic() < patience:
            # Emptied, or a process that is still reporting would block on a full pipe instead of ending.
            multiprocessing.connection.wait([self.process.pipe, self.process.sentinel], LOOK_SECONDS)
            self._reader.read()
            with _database_may_be_away():
                self._beat_if_due()


def _relay(attempt: Attempt, order: Order, process: processes.AgentProcess) -> Relay | None:
    """The way to the language model, for an order that offers one. What earlier attempts have used counts."""
    endpoint = settings.LLM
    if order.llm is None or endpoint is None:
        return None
    earlier = AgentRun.objects.values_list("usage", flat=True).get(pk=attempt.run_id)
    spending = Spending(endpoint, limits_asked(endpoint, order.input), earlier)
    return Relay(endpoint, spending, process.replies, attempt.request_id)


def _seconds(said: object) -> float:
    return said if isinstance(said, float) and 0 <= said < 24 * 3600 else 0.0


def crash_ending(exit_code: int | None, *, is_reading: bool) -> tuple[ErrorCode, str]:
    """How a run ends whose process broke off: by its document's fault where a parser broke off over that."""
    if is_reading and exit_code in BREAKS_OF_PARSERS:
        return ErrorCode.INVALID_INPUT, (
            "The document makes its reader break off: it is damaged, or needs more memory than a run has. "
            "Print it to a new PDF and try again."
        )
    return ErrorCode.AGENT_ERROR, crash_sentence(exit_code)


def crash_sentence(exit_code: int | None) -> str:
    match exit_code:
        case int() if exit_code == -signal.SIGKILL:
            return "The agent's process was killed from outside; perhaps the machine ran out of memory."
        case int() if exit_code < 0:
            return f"The agent's process crashed ({signal.Signals(-exit_code).name})."
        case _:
            return f"The agent's process ended without an answer (exit code {exit_code})."


@contextlib.contextmanager
def _database_may_be_away() -> Iterator[None]:
    """Go on without the database: whether the run was lost meanwhile is asked when it is back."""
    try:
        yield
    except DATABASE_ERRORS as error:
        logger.warning("database_away", reason=str(error).strip())
        connection.close()


def insist(write: Callable[[], T]) -> T:
    """Write an ending, again and again while the database is away."""
    patience = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return write()
        except DATABASE_ERRORS:
            connection.close()
            if time.monotonic() > patience:
                raise
            time.sleep(0.5)
